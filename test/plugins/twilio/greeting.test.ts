import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { test } from 'tap';
import { registerGreetings } from '../../../plugins/twilio/greeting.ts';
import { registerErrorAnswers } from '../../../services/routing/error-answers.ts';
import { openDatabase } from '../../../services/storage/database.ts';
import { buildGreetingSounds } from '../../../services/voicemail/greeting-sounds.ts';
import { testBox } from '../../support/factories.ts';

test('without the database a greeting is a moment of silence, and an address of nobody’s is nothing', async (t) => {
  const database = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' });
  const greetings = buildGreetingSounds(database, testBox);
  const app = Fastify({ routerOptions: { maxParamLength: 256 } });
  registerErrorAnswers(app);
  registerGreetings(app, { greetings });
  t.teardown(async () => {
    await app.close();
    await database.close();
  });
  const address = greetings.addressOf(randomUUID(), randomUUID());
  const reply = await app.inject(`/twilio/greeting/${address}`);
  t.match(reply, { statusCode: 200, headers: { 'content-type': 'audio/wav', 'cache-control': 'no-store' } });
  const sound = reply.rawPayload;
  t.equal(sound.toString('latin1', 0, 4) + sound.toString('latin1', 8, 12), 'RIFFWAVE');
  t.equal(sound.readUInt32LE(4) + 8, sound.length, 'it is whole');

  const token = testBox.seal(Buffer.from('something else that we sealed'));
  for (const other of [token, 'x', `${address}A`, address.slice(1)]) {
    t.equal((await app.inject(`/twilio/greeting/${other}`)).statusCode, 404);
  }
  t.equal(greetings.addressOf('a', 'b'), greetings.addressOf('a', 'b'), 'the same for every call');
});
