import type { Target } from '../../services/routing/domain/target.ts';
import { problem } from '../../services/routing/errors.ts';
import type { Transaction } from '../../services/storage/database.ts';
import { can, needsReauthentication } from './access.ts';
import type { AdminRequest } from './context.ts';
import type { Issues } from './issues.ts';
import type { OrganizationFacts } from './organization-facts.ts';
import {
  checkBoxes,
  checkNumbers,
  checkPhones,
  checkQueues,
  checkUsers,
  type Noted,
} from './reference-lookups.ts';
import { missing } from './refusals.ts';
import type { TargetBody } from './schemas.ts';
import { isSameTarget, parseOutside, parseTarget } from './targets.ts';

/**
 * What a body points at: users, queues, and targets with outside numbers. They are noted while the body is read, and
 * looked up all together; only what is new is noted, so that a setting that went stale does not stand in the way of
 * changing another one.
 */
export type References = {
  user(pointer: string, id: string): void;
  queue(pointer: string, id: string): void;
  /** The target in its stored form. `previous`: what was there, which needs no permission again. */
  target(pointer: string, body: TargetBody, previous?: TargetBody | null): Target;
  /**
   * The number of a device that is a telephone: calls to it leave the organization, so it is held to what forwards are
   * held to. In E.164. `former`: the numbers of those that were there.
   */
  phone(pointer: string, address: string, former: ReadonlySet<string>): string;
  /** Looks everything up, reports all issues at once, and asks for the right to send calls outside. */
  check(): Promise<void>;
};

export function buildReferences(
  trx: Transaction,
  request: AdminRequest,
  organization: OrganizationFacts,
  issues: Issues,
): References {
  const users: Noted[] = [];
  const queues: Noted[] = [];
  const boxes: Noted[] = [];
  const numbers: Noted[] = [];
  const phones: Noted[] = [];
  const note = (list: Noted[], pointer: string, value: string): void => {
    list.push({ pointer, value });
  };
  const references: References = {
    user: (pointer, id) => note(users, pointer, id),
    queue: (pointer, id) => note(queues, pointer, id),
    target(pointer, body, previous) {
      const target = parseTarget(issues, pointer, body, organization.defaultCountry);
      if (isSameTarget(previous, target)) return target;
      if (target.type === 'user') note(users, `${pointer}/id`, target.id);
      else if (target.type === 'queue') note(queues, `${pointer}/id`, target.id);
      else if (target.type === 'voicemail') note(boxes, `${pointer}/id`, target.id);
      else if (target.type === 'external') note(numbers, `${pointer}/number`, target.number);
      return target;
    },
    phone(pointer, address, former) {
      if (former.has(address)) return address;
      const number = parseOutside(issues, pointer, address, organization.defaultCountry);
      if (!former.has(number)) note(phones, pointer, number);
      return number;
    },
    async check() {
      await checkUsers(trx, organization.id, users, issues);
      await checkQueues(trx, organization.id, queues, issues);
      await checkBoxes(trx, organization.id, boxes, issues);
      const forwards = await checkNumbers(trx, organization, numbers, issues);
      const telephones = await checkPhones(trx, organization, phones, issues);
      issues.refuse();
      if (forwards || telephones) checkForwardRight(request);
    },
  };
  return references;
}

/** Toll fraud by forwarding is a real attack: a permission of its own, and for a session a fresh password. */
export function checkForwardRight(request: AdminRequest): void {
  if (!can(request.actor, 'forward.external')) throw missing('forward.external');
  if (needsReauthentication(request.actor, request.instant)) throw problem('session.reauthenticate');
}
