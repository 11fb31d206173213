import { test } from 'tap';
import { buildInnerRule, isInnerAddress, resolveServer } from '../../../services/mail/server-address.ts';

const never = () => false;

test('addresses of the inside are known', async (t) => {
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
  ]) {
    t.ok(isInnerAddress(address), address);
  }
  for (const address of ['93.184.215.14', '8.8.8.8', '2606:2800:220:1::1']) {
    t.notOk(isInnerAddress(address), address);
  }
});

test('a server inside is not connected to, by number or by name', async (t) => {
  for (const host of ['127.0.0.1', 'localhost', '::1']) {
    await t.rejects(resolveServer({ host, port: 25 }, never), { name: 'InnerAddressError' }, host);
  }
  t.equal(await resolveServer({ host: '93.184.215.14', port: 25 }, never), '93.184.215.14');
});

test('the operator may name one inside, and a trial on one machine any', async (t) => {
  const rule = buildInnerRule('smtp://user:pw@10.0.0.5:2525', 'https://calls.example.com');
  t.ok(rule('10.0.0.5', 2525));
  t.notOk(rule('10.0.0.5', 25));
  t.notOk(rule('10.0.0.6', 2525));
  t.notOk(buildInnerRule(null, 'https://calls.example.com')('127.0.0.1', 25));
  t.ok(buildInnerRule(null, 'http://127.0.0.1:3000')('127.0.0.1', 25));
  t.equal(await resolveServer({ host: '10.0.0.5', port: 2525 }, rule), '10.0.0.5');
});
