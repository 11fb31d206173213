import { type TSchema, Type } from 'typebox';
import { problem } from '../../services/routing/errors.ts';
import { nullable } from './merge-patch.ts';

/** Lists come a page at a time, and a cursor says where the next one begins: the sort key and id of the last row. */
export type Page<T> = { readonly data: readonly T[]; readonly nextCursor: string | null };

export type Place = readonly [key: string, id: string];

export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100,
      description: 'How many at once; 25 when left out.',
      examples: [25],
    }),
  ),
  after: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1024, description: '`nextCursor` of the page before. Opaque.' }),
  ),
};

export const defaultLimit = 25;

export function pageOf<T extends TSchema>(item: T) {
  return Type.Object(
    {
      data: Type.Array(item),
      nextCursor: nullable(
        Type.String({
          description: 'Send it as `after` to get the next page; null: this was the last one.',
        }),
      ),
    },
    { additionalProperties: false },
  );
}

const uuid = /^[0-9a-f-]{36}$/;

/**
 * `order` names the order of the list: a cursor of another one is refused rather than giving a wrong page. `key` and
 * `id` are what the list's places are made of; ids are our own unless it says otherwise.
 */
export function parseCursor(
  order: string,
  cursor: string | undefined,
  form: { readonly key?: RegExp; readonly id?: RegExp } = {},
): Place | undefined {
  if (cursor === undefined) return undefined;
  const [name, key, id, ...rest] = readCursor(cursor);
  if (name === order && typeof key === 'string' && typeof id === 'string' && rest.length === 0) {
    const fits = (form.id ?? uuid).test(id) && (form.key?.test(key) ?? true);
    if (fits && !key.includes('\u0000') && key.isWellFormed()) return [key, id];
  }
  const message = 'Use the nextCursor of a page of the same list, with the same order.';
  throw problem('query.invalid', {
    detail: `/after: ${message}`,
    errors: [{ pointer: '/after', code: 'cursor', message }],
  });
}

function readCursor(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

export function toCursor(order: string, place: Place): string {
  return Buffer.from(JSON.stringify([order, ...place])).toString('base64url');
}

/** `rows` holds one more than `limit` where there is another page. */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  order: string,
  placeOf: (row: R) => Place,
  toItem: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown[shown.length - 1];
  const nextCursor = rows.length > limit && last !== undefined ? toCursor(order, placeOf(last)) : null;
  return { data: shown.map(toItem), nextCursor };
}
