import { test } from 'tap';
import { Type as TypeBox } from 'typebox';
import { Type } from '../../../services/routing/json-schema.ts';

type Build = (type: typeof Type) => unknown;

/** `build` is called with our functions and with TypeBox's. */
function check(title: string, build: Build): void {
  test(title, async (t) => {
    t.equal(JSON.stringify(build(Type)), JSON.stringify(build(TypeBox)));
  });
}

const described = { description: 'why' };

check('text, numbers and the like', (type) => [
  type.String(),
  type.String({ minLength: 1, pattern: '^a' }),
  type.Integer({ minimum: 1, ...described }),
  type.Number(described),
  type.Boolean(),
  type.Null(described),
  type.Unknown(),
  type.Unknown(described),
]);
check('choices', (type) => [
  type.Literal(true),
  type.Literal('a', described),
  type.Literal(5),
  type.Enum(['a', 'b'], { type: 'string', ...described }),
  type.Union([type.String(), type.Null()], described),
]);
check('an object requires what is not optional', (type) => [
  type.Object({}),
  type.Object(
    { one: type.String(), two: type.Optional(type.Array(type.Integer(), { maxItems: 2 })) },
    { additionalProperties: false },
  ),
  type.Object({ one: type.Optional(type.String()) }),
]);
check('what is optional stays so under another name, and a copy of it does not', (type) => {
  const name = type.Optional(type.String());
  return type.Object({ name, again: name, copy: { ...name, ...described } });
});
check('what was made optional is as it was', (type) => {
  const name = type.String();
  return [type.Optional(name), type.Object({ name })];
});
check('members with names that a pattern fits', (type) => [
  type.Record(type.String(), type.Integer()),
  type.Record(type.String({ pattern: '^[a-f]+$' }), type.String(), described),
]);
check('a schema that is written out', (type) => type.Unsafe<string | null>({ type: ['string', 'null'] }));
