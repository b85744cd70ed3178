import { createServer, request as requestHttp } from 'node:http'

/** An AWS in front of the local one, which keeps what each AssumeRole answers: the sessions' credentials. */
export async function startListener(
  behind: string,
): Promise<AsyncDisposable & { url: string; secrets: Set<string> }> {
  const secrets = new Set<string>()
  const server = createServer((request, response) => {
    const { method, headers } = request
    const onward = requestHttp(new URL(request.url ?? '/', behind), { method, headers })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      const chunks: Buffer[] = []
      const isText = String(answer.headers['content-type']).includes('xml')
      if (isText) answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => keepCredentials(Buffer.concat(chunks).toString(), secrets))
      answer.pipe(response).on('error', () => onward.destroy())
    })
    onward.on('error', () => request.socket.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${Object(server.address()).port}`,
    secrets,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}

function keepCredentials(xml: string, secrets: Set<string>): void {
  for (const [, secret] of xml.matchAll(/<(?:SecretAccessKey|SessionToken)>([^<]+)</g))
    if (secret !== undefined) secrets.add(secret)
}

/** Those of the secrets that a text or file holds, as they are or in the codings that texts come in. */
export function findSecrets(within: string | Buffer, secrets: Iterable<string>): string[] {
  return [...secrets].filter((secret) => codingsOf(secret).some((each) => within.includes(each)))
}

function codingsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '')
  return [secret, json, encodeURIComponent(secret), secret.replaceAll('+', ' '), base64]
}
