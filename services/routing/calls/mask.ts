import type { Caller, Dialled } from '../domain/call.ts';

/** Enough to recognise a call one knows, too little to call back. `+14155550123` is `+141…23`. */
export function maskNumber(number: string, gap = '…'): string {
  return number.length < 8 ? `${gap}${number.slice(-1)}` : `${number.slice(0, 4)}${gap}${number.slice(-2)}`;
}

/** In logs it is ASCII: one character that is not makes twice the bytes of every line on its way out. */
const LOG_GAP = '...';

export function describeCaller(from: Caller): string {
  switch (from.kind) {
    case 'number':
    case 'short':
      return maskNumber(from.number, LOG_GAP);
    case 'extension':
      return `ext ${from.extension}`;
    case 'address':
      return 'address';
    case 'anonymous':
      return 'anonymous';
  }
}

export function describeDialled(to: Dialled): string {
  switch (to.kind) {
    case 'number':
      return maskNumber(to.number, LOG_GAP);
    case 'extension':
      return `ext ${to.extension}`;
    case 'unparsable':
      return 'unparsable';
    default:
      return `${to.kind} ${to.id}`;
  }
}
