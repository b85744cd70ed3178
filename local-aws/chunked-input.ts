import { AwsError } from './errors.ts'

const LINE_BYTES_MAX = 8 * 1024
const EMPTY = Buffer.alloc(0)

/** Lines and runs of bytes, taken from a stream one after the other. */
export class ChunkedInput {
  readonly #source: AsyncIterator<Buffer>
  #rest: Buffer = EMPTY

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Up to the next CR LF, without it. */
  async readLine(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#rest.toString('latin1', 0, end)
        this.#rest = this.#rest.subarray(end + 2)
        return line
      }
      if (this.#rest.length > LINE_BYTES_MAX) throw incomplete()
      const more = await this.#next()
      if (!more) throw incomplete()
      this.#rest = Buffer.concat([this.#rest, more])
    }
  }

  /** Exactly so many bytes, in pieces, none of them empty. */
  async *readBytes(bytes: number): AsyncGenerator<Buffer> {
    let missing = bytes
    while (missing > 0) {
      if (this.#rest.length === 0) this.#rest = (await this.#next()) ?? refuse()
      const piece = this.#rest.subarray(0, missing)
      // Whoever took all of it may have freed its memory since.
      this.#rest = piece.length < this.#rest.length ? this.#rest.subarray(piece.length) : EMPTY
      missing -= piece.length
      if (piece.length > 0) yield piece
    }
  }

  async isAtEnd(): Promise<boolean> {
    return this.#rest.length === 0 && (await this.#next()) === undefined
  }

  async #next(): Promise<Buffer | undefined> {
    const { done, value } = await this.#source.next()
    return done ? undefined : value
  }
}

function refuse(): never {
  throw incomplete()
}

function incomplete(): AwsError {
  return new AwsError('IncompleteBody', 400, 'The request body terminated unexpectedly')
}
