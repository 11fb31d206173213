import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Networks that a mail server which an administrator typed must not be in: the inside of wherever we run. */
const inner = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inner.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  inner.addSubnet(net, bits, 'ipv6');
}

/** 10.1.2.3, ::1 and ::ffff:10.1.2.3 are inside; 93.184.215.14 is not. */
export function isInnerAddress(address: string): boolean {
  return inner.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** A name kept for examples (RFC 2606), as the demo has: mail.demo.example. Nobody can ever be asked there. */
export function cannotExist(host: string): boolean {
  return /(^|\.)(example|invalid)\.?$/i.test(host);
}

export class InnerAddressError extends Error {
  override readonly name = 'InnerAddressError';

  constructor() {
    super('the mail server is in a private network');
  }
}

/**
 * The address to connect to. Looked up here and connected to by number, so that a name which answers something else
 * the second time leads nowhere. Throws where it is inside, unless `allows` says that the operator meant it.
 */
export async function resolveServer(
  { host, port }: { readonly host: string; readonly port: number },
  allows: (host: string, port: number) => boolean,
): Promise<string> {
  const addresses = isIP(host) === 0 ? (await lookup(host, { all: true })).map((one) => one.address) : [host];
  const usable = allows(host, port) ? addresses : addresses.filter((address) => !isInnerAddress(address));
  const [first] = usable;
  if (first === undefined) throw new InnerAddressError();
  return first;
}

/**
 * Inside is allowed for the server that the operator named in SMTP_URL, and for everything while the service itself is
 * only reached on its own machine: somebody is trying it out.
 */
export function buildInnerRule(
  smtpUrl: string | null,
  publicUrl: string,
): (host: string, port: number) => boolean {
  const own = smtpUrl === null ? null : new URL(smtpUrl);
  const ownPort = own === null ? 0 : Number(own.port) || (own.protocol === 'smtps:' ? 465 : 587);
  const { hostname } = new URL(publicUrl);
  const isTrial = hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
  return (host, port) => isTrial || (own !== null && own.hostname === host && ownPort === port);
}
