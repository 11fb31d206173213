import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'tap';
import { buildTokenSeal, MAX_CONTENT, SEAL_OVERHEAD } from '../../../../services/routing/calls/token-seal.ts';

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
const encryptionKey = randomBytes(32);
const macKey = randomBytes(32);
const tokens = buildTokenSeal(encryptionKey, macKey);
const contents = fc.uint8Array({ maxLength: 600 });

/** The same by OpenSSL's own HMAC and counter mode. */
function sealedByOpenSsl(content: Uint8Array): string {
  const tag = createHmac('sha256', macKey).update(content).digest().subarray(0, SEAL_OVERHEAD);
  const counter = Buffer.from(tag);
  counter[12] = (counter[12] ?? 0) & 0x7f;
  const cipher = createCipheriv('aes-256-ctr', encryptionKey, counter);
  return Buffer.concat([tag, cipher.update(content), cipher.final()]).toString('base64url');
}

test('a sealed content is what OpenSSL makes of it by HMAC and counter mode', async (t) => {
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(contents, (content) => tokens.seal(content) === sealedByOpenSsl(content)),
    { numRuns: 1000, seed },
  );
  const longest = randomBytes(MAX_CONTENT);
  t.equal(tokens.seal(longest), sealedByOpenSsl(longest), 'the longest');
  t.same(tokens.open(tokens.seal(longest)), longest);
});

test('what was sealed opens, also when others were sealed and opened in between', async (t) => {
  fc.assert(
    fc.property(contents, contents, (one, other) => {
      const [first, second] = [tokens.seal(one), tokens.seal(other)];
      const opened = [tokens.open(first), tokens.open(second)];
      return (
        Buffer.from(one).equals(opened[0] ?? randomBytes(1)) &&
        Buffer.from(other).equals(opened[1] ?? randomBytes(1))
      );
    }),
    { seed },
  );
  t.pass();
});

test('whatever is damaged or sealed with another key does not open', async (t) => {
  t.comment(`seed ${seed}`);
  const others = [buildTokenSeal(randomBytes(32), macKey), buildTokenSeal(encryptionKey, randomBytes(32))];
  fc.assert(
    fc.property(contents, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, at, bits) => {
      const bytes = Buffer.from(tokens.seal(content), 'base64url');
      const place = at % bytes.length;
      const cut = bytes.subarray(0, place).toString('base64url');
      // Another key turns one byte into the same one in one of 256 cases, and no byte always.
      const foreign = content.length < 8 ? [] : others.filter((other) => other.open(tokens.seal(content)));
      bytes[place] = (bytes[place] ?? 0) ^ bits;
      const damaged = bytes.toString('base64url');
      return foreign.length === 0 && tokens.open(damaged) === undefined && tokens.open(cut) === undefined;
    }),
    { seed },
  );
  t.equal(tokens.open(''), undefined);
  t.equal(tokens.open(Buffer.alloc(20_000).toString('base64url')), undefined);
});
