import type { LiveEvent, LiveTopic } from './event.ts';
import type { LiveState } from './reader.ts';
import { type LiveViewer, maskNumbers, showsNumbers } from './view.ts';

/** The texts that a socket gets (api.md, "Live status"). */

export const resetText = '{"type":"reset"}';

export function snapshotText(topic: LiveTopic, epoch: string, seq: number, data: unknown): string {
  return JSON.stringify({ type: 'snapshot', topic, epoch, seq, data });
}

export function statusText({ state, asOf }: LiveState): string {
  return JSON.stringify({ type: 'status', state, asOf: new Date(asOf).toISOString() });
}

/** A topic that the viewer may not watch; the others of the same `subscribe` are watched all the same. */
export function refusedText(topic: LiveTopic, permission: string): string {
  return JSON.stringify({ type: 'refused', topic, permission });
}

type Rendered = { readonly head: string; readonly full: string; masked: string | undefined };

/** Thousands of sockets get the same event, and `prev` is all in which it differs from one to the next. */
const rendered = new WeakMap<LiveEvent, Rendered>();

export function eventText(event: LiveEvent, epoch: string, prev: number, viewer: LiveViewer): string {
  const parts = renderOnce(event, epoch);
  if (showsNumbers(viewer, event)) return `${parts.head}${prev}${parts.full}`;
  parts.masked ??= tail(event, maskNumbers(event.data));
  return `${parts.head}${prev}${parts.masked}`;
}

function renderOnce(event: LiveEvent, epoch: string): Rendered {
  const known = rendered.get(event);
  if (known !== undefined) return known;
  const { topic, seq } = event;
  const head = JSON.stringify({ type: 'event', topic, epoch, seq });
  const made = { head: `${head.slice(0, -1)},"prev":`, full: tail(event, event.data), masked: undefined };
  rendered.set(event, made);
  return made;
}

function tail({ at, name }: LiveEvent, data: unknown): string {
  return `,${JSON.stringify({ at: new Date(at).toISOString(), name, data }).slice(1)}`;
}
