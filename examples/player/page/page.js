const HOUR_MS = 3_600_000
const part = (id) => document.getElementById(id)
const video = part('video')

const answer = await fetch('settings.json')
const settings = await answer.json()
if (answer.ok && new URLSearchParams(location.search).has('repeat')) await repeat(settings)
if (answer.ok) start(settings)
else say(settings.message, { isBad: true })

function start({ backendUrl, organization, licenseKey }) {
  say(`Samples go to ${organization}, at ${backendUrl}`)
  watchRequests(backendUrl)
  // All that a page of yours needs: a license key, and where Sluice is.
  new window.bitmovin.analytics.HTMLVideoElementAdapter(
    {
      key: licenseKey,
      videoId: 'film',
      title: 'A gate opens',
      customUserId: 'viewer-1',
      customData1: 'example',
      config: { backendUrl },
    },
    video,
  )
  // After the collector, which waits for the video to load.
  video.src = 'film.webm'
  showSteps()
}

/** With `?repeat`: what Sluice does not take is sent again. */
async function repeat({ backendUrl }) {
  const { serviceWorker } = navigator
  await serviceWorker.register(`repeat.js?backend=${encodeURIComponent(backendUrl)}`)
  if (serviceWorker.controller === null)
    await new Promise((done) => serviceWorker.addEventListener('controllerchange', done))
}

part('again').addEventListener('click', () => location.reload())
part('break').addEventListener('click', () => {
  video.src = 'missing.webm'
})

function say(text, { isBad = false } = {}) {
  part('status').textContent = text
  part('status').classList.toggle('bad', isBad)
}

/** Looks over the collector's shoulder, and changes nothing. */
function watchRequests(backendUrl) {
  const { open, send } = XMLHttpRequest.prototype
  const urls = new WeakMap()
  XMLHttpRequest.prototype.open = function (...args) {
    urls.set(this, String(args[1]))
    return open.apply(this, args)
  }
  XMLHttpRequest.prototype.send = function (body) {
    if (urls.get(this)?.startsWith(backendUrl))
      this.addEventListener('loadend', () => show(JSON.parse(body), this))
    return send.call(this, body)
  }
}

function show(sample, { status, responseText }) {
  const isGood = status >= 200 && status < 300
  if (!isGood) say(`Sluice answers ${status} ${responseText}`.trim(), { isBad: true })
  if (sample.sequenceNumber === undefined) return
  const row = part('sent').insertRow(0)
  const cells = [
    [sample.sequenceNumber, 'number'],
    [sample.errorCode === undefined ? sample.state : `${sample.state} ${sample.errorCode}`],
    [`${sample.duration} ms`, 'number'],
    [`${(sample.videoTimeEnd / 1000).toFixed(1)} s`, 'number'],
    [isGood ? 'stored' : status || 'no answer', isGood ? '' : 'bad'],
  ]
  for (const [text, name = ''] of cells) {
    const cell = row.insertCell()
    cell.textContent = text
    cell.className = name
  }
  part('count').textContent = `(${part('sent').rows.length})`
  part('empty').hidden = true
}

function showSteps() {
  const { accountId, outputId, licenseKey } = settings
  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
  const instant = (ms) => new Date(ms).toISOString().replace('.000', '')
  const [from, to] = [instant(hour), instant(hour + HOUR_MS)]
  if (outputId === undefined)
    addStep(
      'Once: a bucket and a role in your (local) AWS account, with the AWS CLI and the keys that npm run dev printed. ' +
        'Then reload this page.',
      `npx sluice outputs create --bucket my-samples --path-prefix sluice \\
  --role-arn arn:aws:iam::${accountId}:role/sluice-export
npx sluice outputs setup <output id> --format aws-cli | bash`,
    )
  addStep(
    `An hour can be exported when it is over, this one at ${to}. To have it now, stop npm run dev and start it an hour ahead:`,
    'npm run dev -- --hours-ahead 1',
  )
  addStep(
    'Export it: one file for the hour, and a manifest',
    `npx sluice exports create --output ${outputId ?? '<output id>'} --path example \\
  --license ${licenseKey} --from ${from} --to ${to} --wait`,
  )
  part('export').hidden = false
}

function addStep(text, command) {
  const step = document.createElement('li')
  const code = document.createElement('pre')
  code.textContent = command
  step.append(text, code)
  part('steps').append(step)
}
