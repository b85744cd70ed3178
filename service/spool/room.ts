import { OperatorError, TransientError } from '#errors'

/**
 * The bytes of one local disk that spool files may fill together. Sizes are not known before a file
 * is complete, so room is taken as the bytes come, and a writer waits until a finished file goes.
 *
 * Waiting always ends: whoever holds a finished file lets go of it without waiting for another
 * write, and when nothing but unfinished files fills the disk, the youngest writer is sent away.
 */
interface Room {
  /** Room for one more file; it takes up nothing until bytes come. */
  enter(): Occupant
  readonly bytesUsed: number
  readonly writersWaiting: number
}

export interface Occupant {
  /** Resolves when the bytes may be written. Rejects when they can never be, or on abort. */
  take(bytes: number, signal: AbortSignal): Promise<void>
  /** Gives all its bytes back. */
  leave(): void
}

interface Waiting {
  writer: Writer
  bytes: number
  admit(): void
  refuse(error: Error): void
}

interface Writer {
  bytes: number
}

export function createRoom(bytesMax: number): Room {
  const writers = new Set<Writer>() // in the order of their arrival
  const queue: Waiting[] = []
  let bytesUsed = 0

  function occupy(writer: Writer, bytes: number): void {
    writer.bytes += bytes
    bytesUsed += bytes
  }

  function admitWaiting(): void {
    for (;;) {
      const next = queue[0]
      if (next === undefined || bytesUsed + next.bytes > bytesMax) return
      queue.shift()
      occupy(next.writer, next.bytes)
      next.admit()
    }
  }

  /** Nobody who has room will ever give it back: every file here is unfinished and waits. */
  function isStuck(): boolean {
    return queue.length > 0 && queue.length === writers.size
  }

  function settle(): void {
    admitWaiting()
    if (!isStuck()) return
    const youngest = [...writers].at(-1)
    const index = queue.findIndex((waiting) => waiting.writer === youngest)
    queue.splice(index, 1)[0]?.refuse(spoolFull(bytesMax))
  }

  function take(writer: Writer, bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason)
    if (writer.bytes + bytes > bytesMax) return Promise.reject(fileTooLarge(bytesMax))
    return new Promise((resolve, reject) => {
      const abort = () => waiting.refuse(signal.reason)
      const waiting: Waiting = {
        writer,
        bytes,
        admit: () => {
          signal.removeEventListener('abort', abort)
          resolve()
        },
        refuse: (error) => {
          signal.removeEventListener('abort', abort)
          const index = queue.indexOf(waiting)
          if (index >= 0) queue.splice(index, 1)
          reject(error)
        },
      }
      signal.addEventListener('abort', abort)
      queue.push(waiting)
      settle()
    })
  }

  return {
    get bytesUsed() {
      return bytesUsed
    },
    get writersWaiting() {
      return queue.length
    },
    enter() {
      const writer: Writer = { bytes: 0 }
      writers.add(writer)
      return {
        take: (bytes, signal) => take(writer, bytes, signal),
        leave() {
          if (!writers.delete(writer)) return
          bytesUsed -= writer.bytes
          settle()
        },
      }
    },
  }
}

function fileTooLarge(bytesMax: number): OperatorError {
  return new OperatorError(
    'SPOOL_FILE_TOO_LARGE',
    `One file needs more local disk than the whole spool may use (${bytesMax} bytes). ` +
      'The operator of Sluice must give the spool more room, by SLUICE_SPOOL_BYTES_MAX.',
  )
}

function spoolFull(bytesMax: number): TransientError {
  return new TransientError(
    'SPOOL_FULL',
    `Files that are being written fill the spool (${bytesMax} bytes), and none of them is complete. ` +
      'The operator of Sluice must give the spool more room or run fewer tasks at once.',
  )
}
