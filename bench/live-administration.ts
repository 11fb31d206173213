/** Administrators at work beside the calls: seven in ten read lists, two look at numbers, one changes a user. */
export type Administration = {
  readonly url: string;
  readonly token: string;
  /** Who is changed. */
  readonly userId: string;
  readonly perSecond: number;
  readonly seconds: number;
};

/** At a fixed rate, whether or not the ones before are answered. Gives how many were not served: load is shed here first. */
export async function administer({
  url,
  token,
  userId,
  perSecond,
  seconds,
}: Administration): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const ask = async (count: number): Promise<boolean> => {
    const place = count % 10;
    const reply =
      place === 9
        ? await fetch(`${url}/v1/users/${userId}`, {
            method: 'PATCH',
            headers: { ...headers, 'content-type': 'application/merge-patch+json' },
            body: JSON.stringify({ ringSeconds: 20 + (count % 3) }),
          })
        : await fetch(`${url}/v1/${lists[place % lists.length]}?limit=25`, { headers });
    const text = await reply.text();
    if (!reply.ok && reply.status !== 503) throw new Error(`refused: ${reply.status} ${text}`);
    return reply.ok;
  };
  const begun = performance.now();
  const asked: Promise<boolean>[] = [];
  while (asked.length < perSecond * seconds) {
    const due = begun + (asked.length * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    asked.push(ask(asked.length));
  }
  const served = await Promise.all(asked);
  return served.filter((isServed) => !isServed).length;
}

const lists = ['users', 'calls', 'users', 'calls', 'numbers', 'users', 'calls', 'users', 'numbers'];
