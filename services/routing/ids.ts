import type { Clock, NewId } from './ports.ts';

/**
 * UUIDv7 (RFC 9562): 48 bits of milliseconds, then a counter of 12 bits that starts anew each millisecond, then 62
 * random bits. Ids of one process sort in the order in which they were made, also when the clock steps back.
 */
export function buildNewId(clock: Clock, randomBytes: (size: number) => Uint8Array): NewId {
  let lastMs = 0;
  let counter = 0;
  return () => {
    const now = clock.now();
    if (now > lastMs) {
      lastMs = now;
      counter = 0;
    } else {
      counter += 1;
      // 4,096 in one millisecond: borrow the next one.
      if (counter > 0xfff) {
        lastMs += 1;
        counter = 0;
      }
    }
    const random = randomBytes(8);
    const time = lastMs.toString(16).padStart(12, '0');
    const variant = (0x80 | ((random[0] ?? 0) & 0x3f)).toString(16);
    const rest = Buffer.from(random.subarray(1)).toString('hex');
    const tail = `${variant}${rest}`;
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  };
}
