import {
  createServer,
  type IncomingMessage,
  request as requestHttp,
  type ServerResponse,
} from 'node:http'

// An S3 that reads every body and keeps none, so that a benchmark measures the sender alone. What is no S3
// call, or is for the bucket `kept`, goes on to the AWS behind it, whose answers about roles are real. A process of its own, started
// with that endpoint as its argument; prints its own port.

const behind = new URL(process.argv[2] ?? '')
const ETAG = '"00000000000000000000000000000000"'

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const isKept = url.pathname === '/' || url.pathname.startsWith('/kept/')
  if (isKept) forward(request, response)
  else request.resume().on('end', () => answer(request, response, url))
})

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { searchParams, pathname }: URL,
): void {
  const isObject = pathname.split('/').length > 2
  if (request.method === 'HEAD' && isObject) response.statusCode = 404 // nothing was kept
  response.setHeader('x-amz-bucket-region', 'us-east-1')
  response.setHeader('etag', ETAG)
  if (request.method === 'POST' && searchParams.has('uploads'))
    return void response.end(
      '<InitiateMultipartUploadResult><UploadId>upload</UploadId></InitiateMultipartUploadResult>',
    )
  if (request.method === 'POST' && searchParams.has('uploadId'))
    return void response.end(
      `<CompleteMultipartUploadResult><ETag>${ETAG}</ETag></CompleteMultipartUploadResult>`,
    )
  response.end()
}

/** Host and signature as they are. */
function forward(request: IncomingMessage, response: ServerResponse): void {
  const { hostname, port } = behind
  const { method, headers, url: path } = request
  const onward = requestHttp({ hostname, port, method, headers, path }, (answered) => {
    response.writeHead(answered.statusCode ?? 500, answered.headers)
    answered.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}

server.listen(0, '127.0.0.1', () => console.log(Object(server.address()).port))
process.on('disconnect', () => process.exit())
