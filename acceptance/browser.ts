import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import chromium, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/** Where npm brings a Chromium that runs. */
export const hasBrowser = process.platform === 'linux' && process.arch === 'x64'

const packed = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '../bin')

/**
 * A real Chromium, unpacked into the directory with the libraries that it needs, so that the machine
 * needs none. Whatever it and its driver write is there too.
 */
export async function openBrowser(directory: string): Promise<Browser> {
  const { TMPDIR } = process.env
  process.env.TMPDIR = directory
  try {
    return await unpackAndLaunch(directory)
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
}

async function unpackAndLaunch(directory: string): Promise<Browser> {
  const executablePath = await chromium.executablePath()
  const libraries = join(await inflate(join(packed, 'al2023.tar.br')), 'lib')
  const fonts = join(directory, 'fonts.xml')
  await writeFile(fonts, fontsBelow(directory))
  return playwright.launch({
    executablePath,
    args: ['--mute-audio'],
    env: {
      HOME: directory,
      TMPDIR: directory,
      LD_LIBRARY_PATH: libraries,
      FONTCONFIG_FILE: fonts,
    },
  })
}

/** Those that came with it, and no others: the package's own list has fixed places. */
function fontsBelow(directory: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${directory}/fonts</dir><cachedir>${directory}/font-cache</cachedir></fontconfig>`
}
