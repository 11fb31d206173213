import formbody from '@fastify/formbody';
import Fastify from 'fastify';

/** R: what a route costs that does nothing but parse the form and answer. Everything else is measured against it. */
const app = Fastify();
await app.register(formbody);
app.post('/twilio/voice', (request, reply) => {
  const known = typeof request.body === 'object' && request.body !== null && 'CallSid' in request.body;
  return reply.type('text/xml').send(known ? '<Response><Hangup/></Response>' : '<Response/>');
});
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address();
process.on('SIGINT', () => process.exit());
if (typeof address === 'object') process.send?.(address?.port);
