/** How each player is given to the collector, by the collector's own README. */
const players = {
  html: {
    label: 'Video element',
    adapter: 'HTMLVideoElementAdapter',
    player: "document.querySelector('video')",
  },
  hls: { label: 'hls.js', adapter: 'HlsAdapter', player: 'hls' },
  dash: { label: 'dash.js', adapter: 'DashjsAdapter', player: 'dashPlayer' },
  shaka: { label: 'Shaka', adapter: 'ShakaAdapter', player: 'shakaPlayer' },
  videojs: { label: 'Video.js', adapter: 'VideojsAdapter', player: 'videojsPlayer' },
} as const

export type Player = keyof typeof players

export const playerLabels = Object.entries(players).map(([value, { label }]) => ({ value, label }))

export function isPlayer(value: unknown): value is Player {
  return typeof value === 'string' && Object.hasOwn(players, value)
}

/** A script for a page: Bitmovin's collector, with this license, sending to this service. */
export function snippetOf(
  name: Player,
  { licenseKey, serviceUrl }: { licenseKey: string; serviceUrl: string },
): string {
  const { adapter, player } = players[name]
  return `<script src="https://cdn.bitmovin.com/analytics/web/2/bitmovin-analytics.js"></script>
<script>
  // Before the source is loaded, so that the start is counted too.
  new bitmovin.analytics.${adapter}(
    {
      key: '${licenseKey}',
      videoId: 'the-id-of-your-video',
      title: 'The title of your video',
      config: { backendUrl: '${serviceUrl}' },
    },
    ${player},
  )
</script>`
}
