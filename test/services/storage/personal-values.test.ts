import { test } from 'tap';
import { joinPersonal, splitPersonal } from '../../../services/storage/personal-values.ts';

test('what is personal of a user goes to one side, the rest to the other, and together they are whole', async (t) => {
  const before = { login: 'ana', role: 'agent', devices: [{ kind: 'phone', address: '+14155550123' }] };
  const after = { login: 'ana.ruiz', role: 'manager' };
  const { lasting, personal } = splitPersonal({ subjectType: 'user', subjectId: 'u1', before, after });
  t.same(lasting, { before: { role: 'agent' }, after: { role: 'manager' } });
  t.same(personal, {
    subjectId: 'u1',
    before: { login: 'ana', devices: before.devices },
    after: { login: 'ana.ruiz' },
  });
  t.same(joinPersonal(lasting.before, personal?.before), before);
  t.same(joinPersonal(lasting.after, personal?.after), after);
  t.same(joinPersonal(lasting.after, null), { role: 'manager' }, 'after an erasure');
});

test('what is about something else than a user, or has no members, stays as it is', async (t) => {
  const name = { name: 'Main line' };
  const number = splitPersonal({ subjectType: 'number', subjectId: 'n1', after: name });
  t.same(number, { lasting: { before: undefined, after: name }, personal: undefined });
  t.equal(splitPersonal({ subjectType: 'user', subjectId: null, after: name }).personal, undefined);
  for (const after of [undefined, null, 'text', ['login']]) {
    const split = splitPersonal({ subjectType: 'user', subjectId: 'u1', after });
    t.same(split, { lasting: { before: undefined, after }, personal: undefined });
  }
  t.equal(joinPersonal(undefined, undefined), undefined);
  t.same(joinPersonal(null, { login: 'ana' }), { login: 'ana' });
});
