/** All columns that a web collector fills, as it sends them. */
export function sampleOf(licenseKey: string, impressionId: string, sequenceNumber: number): string {
  return JSON.stringify({
    ...{
      ad: 0,
      analyticsVersion: 'v2.51.0',
      audioBitrate: 128_000,
      buffered: 0,
      completedTotal: 0.4,
    },
    ...{ completed: 0.1, droppedFrames: 0, duration: 59_700, isLive: false, language: 'de-AT' },
    ...{ pageLoadTime: 312, pageLoadType: 1, path: '/shows/42', paused: 0, platform: 'web' },
    ...{ played: 59_700, player: 'hlsjs', playerStartupTime: 0, playerTech: 'html5', seeked: 0 },
    ...{ screenHeight: 1080, screenWidth: 1920, size: 'WINDOW', startupTime: 0, state: 'playing' },
    userAgent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    ...{ version: 'hlsjs-1.5.13', videoBitrate: 2_400_000, videoDuration: 1_260_000 },
    ...{ videoPlaybackHeight: 720, videoPlaybackWidth: 1280, videoStartupTime: 0 },
    ...{ videoTimeStart: 60_000, videoTimeEnd: 119_700, videoWindowHeight: 540 },
    ...{ videoWindowWidth: 960, key: licenseKey, domain: 'www.example.org', time: Date.now() },
    ...{ cdnProvider: 'cloudfront', videoId: 'show-42', videoTitle: 'Show 42' },
    ...{ customUserId: 'member-7', customData1: 'premium', customData2: '{"row":3}' },
    ...{ experimentName: 'layout-b', userId: '9f7c1a52-7d7a-4b0c-8d1a-2f6f1a0c0001' },
    ...{ streamFormat: 'hls', m3u8Url: 'https://cdn.example.org/42/master.m3u8', isMuted: false },
    ...{ isCasting: false, videoCodec: 'avc1.64001f', audioCodec: 'mp4a.40.2' },
    ...{ audioLanguage: 'de', subtitleEnabled: false, impressionId, sequenceNumber },
    supportedVideoCodecs: ['avc', 'vp9', 'av1', 'hevc'],
    downloadSpeedInfo: {
      ...{ segmentsDownloadCount: 3, segmentsDownloadSize: 1_834_021, segmentsDownloadTime: 388 },
      ...{ avgDownloadSpeed: 37_814_866, minDownloadSpeed: 30_110_200 },
      ...{ maxDownloadSpeed: 42_001_000, avgTimeToFirstByte: 24 },
    },
  })
}
