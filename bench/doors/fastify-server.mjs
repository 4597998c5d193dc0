// The peer of reads over REST: bare fastify, which serialises one and the same answer by a schema of all its members. Run as
// `fastify-server.mjs ANSWER`, an answer of ours as JSON.
import Fastify from 'fastify';
import { serveMeasured } from './measured-server.mjs';

const answer = JSON.parse(process.argv[2]);

function schemaOf(value) {
  if (Array.isArray(value)) return { type: 'array', items: value.length === 0 ? {} : schemaOf(value[0]) };
  if (value === null) return { type: 'null' };
  if (typeof value !== 'object') return { type: typeof value };
  return { type: 'object', properties: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, schemaOf(member)])) };
}

await serveMeasured(async (port) => {
  const app = Fastify({ keepAliveTimeout: 0 });
  const params = { type: 'object', required: ['task'], properties: { task: { type: 'string', minLength: 1, maxLength: 200 } } };
  app.get('/api/v1/tasks/:task', { schema: { params, response: { 200: schemaOf(answer) } } }, async () => answer);
  await app.listen({ host: '127.0.0.1', port });
});
