/** The peer of accepting samples: a Fastify route that parses the same JSON and does nothing with it. */
import Fastify from 'fastify'

const app = Fastify({ logger: false })
const parse = app.getDefaultJsonParser('remove', 'remove')
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'string' }, (request, text, done) =>
  parse(request, String(text), done),
)
app.post('/analytics', async (_request, reply) => reply.code(204).send())
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
process.on('disconnect', () => app.close())
