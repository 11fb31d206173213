import type { HolidayData } from '../../../services/routing/domain/directory-data.ts';
import { isCountry, parseNumber } from '../../../services/routing/domain/e164.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { checkDates, checkZone } from '../hours.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { mergePatch, withNulls } from '../merge-patch.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { buildReferences, checkForwardRight, type References } from '../references.ts';
import { buildParser } from '../validation.ts';
import { type Organization, OrganizationSettings } from './schema.ts';
import {
  getOrganization,
  type OrganizationColumns,
  type OrganizationRow,
  updateOrganization,
} from './store.ts';

const parse = buildParser(OrganizationSettings);

export function readOrganization(
  context: AdminContext,
  request: AdminRequest,
): Promise<Answer<Organization>> {
  return read(context, request, (trx) => answerOrganization(trx, request.actor.organizationId));
}

export async function answerOrganization(
  trx: Transaction,
  organizationId: string,
): Promise<Answer<Organization>> {
  const row = await getOrganization(trx, organizationId);
  return { body: toOrganization(row), etag: toEtag(row.revision) };
}

export function patchOrganization(
  context: AdminContext,
  request: AdminRequest,
  patch: Readonly<Record<string, unknown>>,
): Promise<Answer<Organization>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const row = await getOrganization(trx, organizationId);
    checkEtag(request, row.revision);
    const previous = toSettings(row);
    const settings = parse(withNulls(mergePatch(previous, patch), OrganizationSettings));
    const issues = buildIssues();
    const facts = await getOrganizationFacts(trx, organizationId);
    // The rules that hold after this change, for the last resort in it.
    const rules = { ...facts, defaultCountry: settings.defaultCountry, forwarding: settings.forwarding };
    const references = buildReferences(trx, request, rules, issues);
    const columns = parseSettings(settings, previous, issues, references);
    await references.check();
    const { forwarding } = settings;
    const opened = changedFields({ forwarding: previous.forwarding }, { forwarding });
    if (opened !== undefined) checkForwardRight(request);
    await updateOrganization(trx, organizationId, columns, request.instant);
    const changed = changedFields(previous, toSettings(await getOrganization(trx, organizationId)));
    if (changed === undefined) log.skip();
    else {
      log.record({
        action: 'organization.change',
        subjectType: 'organization',
        subjectId: organizationId,
        ...changed,
      });
    }
    return answerOrganization(trx, organizationId);
  });
}

function toSettings(row: OrganizationRow): OrganizationSettings {
  return {
    name: row.name,
    timeZone: row.time_zone,
    defaultCountry: row.default_country,
    language: row.language,
    texts: { ...row.texts },
    sipDomain: row.sip_domain,
    forwarding: {
      countries: [...row.forwarding.countries],
      kinds: [...row.forwarding.kinds],
      confirm: row.forwarding.confirm,
    },
    anonymousCallers: row.anonymous_callers,
    blockList: [...row.block_list],
    holidays: row.holidays.map(({ from, to, yearly, name }) => ({ from, to, yearly, name })),
    lastResort: row.last_resort,
    ringSeconds: row.ring_seconds,
    policies: {
      emailChange: row.policies.emailChange ?? 'verified',
      deletionGraceDays: row.policies.deletionGraceDays ?? 28,
      adminReset: [...(row.policies.adminReset ?? (['mail', 'generated', 'typed'] as const))],
      forwardBeatsDnd: row.policies.forwardBeatsDnd ?? false,
      voicemailOf: row.policies.voicemailOf ?? 'first',
      statistics: row.policies.statistics !== false,
      callRetentionDays: row.policies.callRetentionDays ?? 365,
      voicemailMaxSeconds: row.policies.voicemailMaxSeconds ?? 300,
      voicemailRetentionDays: row.policies.voicemailRetentionDays ?? 90,
      voicemailMail: row.policies.voicemailMail ?? 'link',
    },
  };
}

function toOrganization(row: OrganizationRow): Organization {
  const settings = toSettings(row);
  return {
    id: row.id,
    slug: row.slug,
    ...settings,
    holidays: settings.holidays.map(toHoliday),
    // There always is one: an announcement and the end of the call, unless something else is set.
    lastResort: settings.lastResort ?? { type: 'announcement' },
  };
}

function toHoliday(holiday: OrganizationSettings['holidays'][number]): HolidayData {
  const { from, to = from, yearly = false, name } = holiday;
  return { from, to, yearly, name };
}

function parseSettings(
  settings: OrganizationSettings,
  previous: OrganizationSettings,
  issues: Issues,
  references: References,
): OrganizationColumns {
  checkZone(issues, '/timeZone', settings.timeZone);
  checkCountry(issues, '/defaultCountry', settings.defaultCountry);
  settings.forwarding.countries.forEach((country, index) => {
    checkCountry(issues, `/forwarding/countries/${index}`, country);
  });
  const holidays = settings.holidays.map(toHoliday);
  holidays.forEach(({ from, to }, index) => {
    checkDates(issues, `/holidays/${index}`, from, to);
  });
  return {
    name: settings.name.trim(),
    time_zone: settings.timeZone,
    default_country: settings.defaultCountry,
    language: settings.language,
    texts: settings.texts,
    sip_domain: settings.sipDomain.toLowerCase(),
    forwarding: settings.forwarding,
    anonymous_callers: settings.anonymousCallers,
    block_list: parseBlockList(issues, settings.blockList, settings.defaultCountry),
    holidays,
    last_resort:
      settings.lastResort === null
        ? null
        : references.target('/lastResort', settings.lastResort, previous.lastResort),
    ring_seconds: settings.ringSeconds,
    policies: settings.policies,
  };
}

export function checkCountry(issues: Issues, pointer: string, country: string): void {
  if (!isCountry(country))
    issues.add(pointer, 'country', 'Use the two letters of a country, such as US or ES.');
}

/** E.164, or a prefix of it that ends in `*`; every entry once. */
function parseBlockList(issues: Issues, entries: readonly string[], country: string): readonly string[] {
  const parsed = entries.map((entry, index) => {
    const prefix = /^(?:\+|00)\s*([1-9][0-9]{0,13})\*$/.exec(entry.replace(/[\s().-]/g, ''));
    if (prefix !== null) return `+${prefix[1]}*`;
    const number = entry.includes('*') ? undefined : parseNumber(entry, country);
    if (number === undefined) {
      issues.add(
        `/blockList/${index}`,
        'number',
        'Use a number, or the beginning of one with + and a * at the end.',
      );
    }
    return number ?? '';
  });
  return [...new Set(parsed)];
}
