import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import chromium, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/** Where npm brings a Chromium that runs. */
export const hasBrowser = process.platform === 'linux' && process.arch === 'x64'

const origin = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..')
const { version } = JSON.parse(readFileSync(join(origin, 'package.json'), 'utf8'))
/** Unpacked, for all that come after the first to ask: that takes longer than most tests. */
const unpacked = join(import.meta.dirname, '../node_modules/.cache', `chromium-${version}`)

/**
 * A real Chromium, with the libraries that it needs, so that the machine needs none. Whatever it and its
 * driver write is in the directory.
 */
export async function openBrowser(directory: string): Promise<Browser> {
  if (!existsSync(unpacked)) await withTemporaryFilesIn(`${unpacked}-${randomUUID()}`, unpack)
  return withTemporaryFilesIn(directory, launch)
}

async function withTemporaryFilesIn<Result>(
  directory: string,
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const { TMPDIR } = process.env
  process.env.TMPDIR = directory
  try {
    return await work(directory)
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
}

/** The package takes the directory of temporary files. */
async function unpack(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await chromium.executablePath()
  await inflate(join(origin, 'bin/al2023.tar.br'))
  // Another may have been quicker; what it unpacked is the same.
  await rename(directory, unpacked).catch(() => rm(directory, { recursive: true }))
}

async function launch(directory: string): Promise<Browser> {
  const fonts = join(directory, 'fonts.xml')
  await writeFile(fonts, fontsFor(directory))
  return playwright.launch({
    executablePath: join(unpacked, 'chromium'),
    args: ['--mute-audio'],
    env: {
      HOME: directory,
      TMPDIR: directory,
      LD_LIBRARY_PATH: join(unpacked, 'al2023/lib'),
      FONTCONFIG_FILE: fonts,
    },
  })
}

/** Those that came with it, and no others: the package's own list has fixed places. */
function fontsFor(directory: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${unpacked}/fonts</dir><cachedir>${directory}/font-cache</cachedir></fontconfig>`
}
