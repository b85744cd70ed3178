import type { Samples } from '#samples'

/** What licenses ask of the sample store, where nothing was ever stored. */
export const noSamples: Pick<Samples, 'countPlays' | 'countHours' | 'readNewestRows'> = {
  countPlays: async () => new Map(),
  countHours: async () => [],
  readNewestRows: async () => [],
}
