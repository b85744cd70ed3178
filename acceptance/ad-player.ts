/**
 * Of the collector's adapters only those of Bitmovin's own player and of THEOplayer tell about ads, and neither
 * player comes from npm without a license. This is as much of the former's API as the collector asks for; what
 * it says about itself and its ads is made up, and the collector over it is the real one.
 */
interface AdPlayerSettings {
  backendUrl: string
  licenseKey: string
}

/** Written over a page of the example's server, which has the collector. */
export const adPage =
  '<!doctype html><div id="player"></div><script src="bitmovin-analytics.js"></script>'

type Handler = (event: object) => void
interface Collector {
  ssai: Record<
    'adBreakStart' | 'adStart' | 'adQuartileFinished' | 'adBreakEnd',
    (...args: unknown[]) => void
  >
}
/** What the page has when the collector is loaded. */
declare const window: {
  bitmovin: { analytics: { Bitmovin8Adapter: new (player: object) => Collector } }
}
declare const document: { getElementById(id: string): object | null }

/**
 * Runs in the page, by itself: a break of two ads before the film, of which the viewer clicks one and skips
 * one; a plan of breaks; a break that cannot be loaded; and an ad that the server put into the stream, whose
 * last beacon fails. Then the film's source has an error.
 */
export async function showAds({ backendUrl, licenseKey }: AdPlayerSettings): Promise<void> {
  const handlers = new Map<string, Handler[]>()
  let activeAd: object | undefined
  let seconds = 0
  let timesAsked = 0
  const player = {
    version: '8.240.0',
    exports: { PlayerEvent: new Proxy({}, { get: (_, name) => String(name) }) },
    on: (name: string, handler: Handler) =>
      handlers.set(name, [...(handlers.get(name) ?? []), handler]),
    load: async () => {},
    getConfig: () => ({
      key: 'a-player-key',
      analytics: {
        key: licenseKey,
        videoId: 'film',
        title: 'A gate opens',
        customUserId: 'viewer-2',
        customData3: { row: 3 },
        experimentName: 'with-ads',
        cdnProvider: 'cloudfront',
        config: { backendUrl, ssaiEngagementTrackingEnabled: true },
      },
    }),
    getContainer: () => document.getElementById('player'),
    getCurrentTime: () => {
      timesAsked += 1
      return seconds
    },
    getDuration: () => 60.4,
    getPlayerType: () => 'html5',
    getViewMode: () => 'fullscreen',
    getStreamType: () => 'hls',
    getSource: () => ({ title: 'A gate opens', hls: 'https://cdn.example/film.m3u8' }),
    getDroppedVideoFrames: () => 2,
    getPlaybackVideoData: () => ({ bitrate: 2_400_000, width: 1280, height: 720, codec: 'avc1' }),
    getPlaybackAudioData: () => ({ bitrate: 128_000, codec: 'mp4a' }),
    getAudio: () => ({ lang: 'de' }),
    subtitles: { list: () => [{ enabled: true, lang: 'en' }] },
    isLive: () => false,
    isMuted: () => true,
    isCasting: () => false,
    isAirplayActive: () => false,
    ads: {
      getActiveAd: () => activeAd,
      isLinearAdActive: () => activeAd !== undefined,
      getModuleInfo: () => ({ name: 'an-ad-module', version: '1.2.3' }),
    },
  }
  const tell = (name: string, event: object = {}) => {
    for (const handler of handlers.get(name) ?? []) handler(event)
  }
  /** The collector has looked where the ad is: it asks by a clock of its own. */
  const playTo = async (position: number) => {
    seconds = position
    const asked = timesAsked
    while (timesAsked < asked + 2) await new Promise((done) => setTimeout(done, 10))
  }
  const startAd = (ad: { id: string }) => {
    activeAd = { isLinear: true, ...ad }
    tell('AdStarted', { ad: activeAd })
  }
  const endAd = (name: 'AdFinished' | 'AdSkipped') => {
    tell(name)
    activeAd = undefined
  }

  const { ssai } = new window.bitmovin.analytics.Bitmovin8Adapter(player)
  tell('SourceLoaded')
  tell('Play')
  const tag = { type: 'vast', url: 'https://ads.example/vast?break=1' }
  const adBreak = {
    ...{ id: 'break-1', position: 'pre', scheduleTime: 0, preloadOffset: 3, persistent: true, tag },
    replaceContentDuration: 1.5,
  }
  tell('AdManifestLoaded', { adBreak, adConfig: { tag }, downloadTiming: { downloadTime: 0.12 } })
  tell('AdBreakStarted', { adBreak })
  startAd({
    ...{ id: 'ad-1', duration: 15, skippable: true, skippableAfter: 5, width: 640, height: 360 },
    ...{
      mediaFileUrl: 'https://media.example/ads/1.mp4',
      clickThroughUrl: 'https://shop.example/',
    },
    data: {
      ...{
        bitrate: 900,
        mimeType: 'video/mp4',
        adTitle: 'Shoes',
        adDescription: 'Red "shoes",\ntwo',
      },
      ...{ adSystem: { name: 'a-server' }, advertiser: { name: 'A shop' }, apiFramework: 'VPAID' },
      ...{ survey: { uri: 'https://ask.example/' }, minSuggestedDuration: 4, wrapperAdIds: ['w'] },
      creative: { id: 'c-1', adId: 'c-ad', universalAdId: { idRegistry: 'ad-id', value: 'X1' } },
    },
  } as { id: string })
  await playTo(4)
  tell('AdQuartile', { quartile: 'firstQuartile' })
  tell('AdQuartile', { quartile: 'midpoint' })
  tell('AdClicked', { clickThroughUrl: 'https://shop.example/shoes' })
  tell('AdQuartile', { quartile: 'thirdQuartile' })
  endAd('AdFinished')
  startAd({ id: 'ad-2', duration: 20, skippableAfter: -1 } as { id: string })
  await playTo(6)
  endAd('AdSkipped')
  tell('AdBreakFinished')
  seconds = 0
  tell('Playing')
  tell('TimeChanged')

  tell('AdManifestLoaded', {
    adConfig: { tag: { type: 'vmap', url: 'https://ads.example/vmap' } },
    downloadTiming: { downloadTime: 0.2 },
  })
  tell('AdError', {
    ...{ code: 1300, name: 'ADVERTISING_ERROR' },
    data: { code: 303, message: 'No ad', adConfig: { position: '30%', tag } },
  })

  ssai.adBreakStart({ adPosition: 'midroll' })
  ssai.adStart({ adId: 'ad-3', adSystem: 'b-server', customData: { customData4: 'of the ad' } })
  ssai.adQuartileFinished('first')
  ssai.adQuartileFinished('completed', { failedBeaconUrl: 'https://count.example/?q=4' })
  ssai.adBreakEnd()

  tell('DownloadFinished', {
    ...{ downloadType: 'media/video', url: 'https://cdn.example/7.ts', success: false },
    ...{ httpStatus: 404, downloadTime: 0.25, timeToFirstByte: 0.1, size: 512 },
  })
  tell('Error', { code: 1400, name: 'SOURCE_NETWORK', data: { statusCode: 404 } })
}
