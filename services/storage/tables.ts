import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { Presence } from '../routing/domain/call.ts';
import type {
  DeviceData,
  HolidayData,
  Language,
  NumberData,
  OrganizationData,
  QueueStrategy,
  UserData,
  UserStatus,
  WaitingData,
} from '../routing/domain/directory-data.ts';
import type { IfUnavailable, Target } from '../routing/domain/target.ts';
import type { OfferState } from '../routing/domain/waiting.ts';

/**
 * One type per table of sql/, with the columns' own snake_case names. A row becomes a domain or an API object in a
 * named mapping function, never by a cast.
 *
 * Documents (jsonb) are written as text, `JSON.stringify(value)`, because pg would send an array as a Postgres array.
 * They hold the shapes of the domain: minutes of the day, dates as text, instants as epoch ms.
 */
export type Tables = {
  readonly organization: OrganizationTable;
  readonly user: UserTable;
  readonly user_word: UserWordTable;
  readonly user_group: UserGroupTable;
  readonly label: LabelTable;
  readonly user_label: UserLabelTable;
  readonly availability_day: AvailabilityDayTable;
  readonly availability_override: AvailabilityOverrideTable;
  readonly queue: QueueTable;
  readonly queue_member: QueueMemberTable;
  readonly extension: ExtensionTable;
  readonly number: NumberTable;
  readonly caller_id: CallerIdTable;
  readonly lead: LeadTable;
  readonly lead_number: LeadNumberTable;
  readonly api_key: ApiKeyTable;
  readonly session: SessionTable;
  readonly carrier_account: CarrierAccountTable;
  readonly checklist_item: ChecklistItemTable;
  readonly checklist_tick: ChecklistTickTable;
  readonly job: JobTable;
  readonly job_row: JobRowTable;
  readonly activity: ActivityTable;
  readonly activity_personal: ActivityPersonalTable;
  readonly life_cycle: LifeCycleTable;
  readonly life_cycle_move: LifeCycleMoveTable;
  readonly outbox: OutboxTable;
  readonly idempotency_key: IdempotencyKeyTable;
  readonly mail_message: MailMessageTable;
  readonly one_time_token: OneTimeTokenTable;
  readonly two_step: TwoStepTable;
  readonly backup_code: BackupCodeTable;
  readonly organization_mail: OrganizationMailTable;
  readonly campaign: CampaignTable;
  readonly mail_account: MailAccountTable;
  readonly call: CallTable;
  readonly call_event: CallEventTable;
  readonly call_user: CallUserTable;
  readonly call_day: CallDayTable;
  readonly queue_wait: QueueWaitTable;
  readonly queue_offer: QueueOfferTable;
  readonly live_stream: LiveStreamTable;
  readonly live_event: LiveEventTable;
  readonly presence_stream: PresenceStreamTable;
  readonly presence_lease: PresenceLeaseTable;
  readonly presence_user: PresenceUserTable;
  readonly presence_queue: PresenceQueueTable;
  readonly voicemail: VoicemailTable;
  readonly greeting: GreetingTable;
  readonly greeting_sound: GreetingSoundTable;
};

/** A jsonb column that the database fills when it is left out. */
type Document<T> = ColumnType<T, string | undefined, string>;
/** A jsonb column that may be null. */
type NullableDocument<T> = ColumnType<T | null, string | null | undefined, string | null>;
/** timestamptz: read as a Date, written as a Date or ISO text. */
type Instant = ColumnType<Date, Date | string, Date | string>;
type NullableInstant = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type FilledInstant = ColumnType<Date, Date | string | undefined, Date | string>;

/** Rows that are edited: the revision is the ETag, raised by every change of the row. */
type Edited = {
  readonly revision: Generated<number>;
  readonly created_at: FilledInstant;
  readonly updated_at: FilledInstant;
};

/** What routing reads of `policies`, and what only the administration does. */
export type OrganizationPolicies = Partial<OrganizationData['policies']> & {
  readonly emailChange?: 'verified' | 'locked';
  readonly deletionGraceDays?: number;
  readonly adminReset?: readonly ('mail' | 'generated' | 'typed')[];
  readonly statistics?: unknown;
  readonly callRetentionDays?: number;
  readonly voicemailRetentionDays?: number;
  readonly voicemailMail?: 'none' | 'link' | 'attachment';
};

/** `UserData['mobile']`, and what only the apps use. */
export type MobileSettings = UserData['mobile'] & { readonly pushMissed: boolean };

export type OrganizationTable = Edited & {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly time_zone: string;
  readonly default_country: string;
  readonly language: Generated<Language>;
  readonly texts: Document<OrganizationData['texts']>;
  readonly sip_domain: string;
  readonly forwarding: Document<OrganizationData['forwarding']>;
  readonly anonymous_callers: Generated<'allow' | 'reject'>;
  readonly block_list: Generated<readonly string[]>;
  readonly holidays: Document<readonly HolidayData[]>;
  readonly last_resort: NullableDocument<Target>;
  readonly ring_seconds: Generated<number>;
  readonly policies: Document<OrganizationPolicies>;
  readonly version: Generated<number>;
};

export type UserTable = Edited & {
  readonly organization_id: string;
  readonly id: string;
  readonly kind: 'email' | 'username';
  readonly login: string;
  readonly email: string | null;
  readonly first_name: string;
  readonly last_name: string;
  readonly role: Generated<'administrator' | 'manager' | 'agent'>;
  readonly status: UserStatus;
  readonly time_zone: string | null;
  readonly parent_user_id: string | null;
  readonly group_id: Generated<string | null>;
  readonly fallback_user_id: string | null;
  readonly reassigned_to_user_id: string | null;
  readonly if_unavailable: Document<IfUnavailable>;
  readonly ring_seconds: number | null;
  readonly call_limit: number | null;
  readonly dnd_on: Generated<boolean>;
  readonly dnd_until: NullableInstant;
  readonly forward_all: NullableDocument<Target>;
  readonly devices: Document<readonly DeviceData[]>;
  readonly mobile: Document<MobileSettings>;
  readonly always_available: Generated<boolean>;
  /** lower(login); compare with `lower(…)` of Postgres, not of JavaScript. */
  readonly login_key: GeneratedAlways<string>;
  /** lower(email). */
  readonly email_key: GeneratedAlways<string | null>;
  /** 'last first', lower case: the order of lists, with the id after it. */
  readonly name_key: GeneratedAlways<string>;
  readonly password_hash: string | null;
  readonly password_is_short: Generated<boolean>;
  readonly must_change_password: Generated<boolean>;
  readonly last_login_at: NullableInstant;
  readonly deleted_at: NullableInstant;
};

/** A folder of users, with the permissions that its members have besides those of their roles. */
export type UserGroupTable = Edited & {
  readonly organization_id: string;
  readonly id: string;
  readonly name: string;
  readonly parent_group_id: string | null;
  readonly permissions: Generated<readonly string[]>;
  readonly name_key: GeneratedAlways<string>;
};

export type LabelKind = 'skill' | 'tag' | 'desk';

export type LabelTable = Edited & {
  readonly organization_id: string;
  readonly id: string;
  readonly kind: LabelKind;
  readonly name: string;
  readonly name_key: GeneratedAlways<string>;
};

export type UserLabelTable = {
  readonly organization_id: string;
  readonly label_id: string;
  readonly user_id: string;
};

export type UserWordTable = {
  readonly organization_id: string;
  readonly user_id: string;
  readonly word: string;
};

export type AvailabilityDayTable = {
  readonly organization_id: string;
  readonly user_id: string;
  /** ISO: Monday is 1. */
  readonly weekday: number;
  readonly available: boolean;
  /** Minutes, in pairs: [540, 780, 840, 1080]. */
  readonly windows: Generated<readonly number[]>;
  readonly fallback_user_id: string | null;
};

export type AvailabilityOverrideTable = Edited & {
  readonly organization_id: string;
  readonly user_id: string;
  readonly id: string;
  /** YYYY-MM-DD, inclusive. */
  readonly from_date: string;
  readonly to_date: string;
  readonly available: boolean;
  readonly windows: Generated<readonly number[]>;
  readonly fallback_user_id: string | null;
  readonly note: Generated<string>;
};

export type QueueTable = Edited & {
  readonly organization_id: string;
  readonly id: string;
  readonly name: string;
  readonly kind: Generated<'queue' | 'department'>;
  readonly parent_queue_id: string | null;
  readonly strategy: Generated<QueueStrategy>;
  readonly ring_seconds: Generated<number>;
  readonly no_agent_target: NullableDocument<Target>;
  readonly waiting: NullableDocument<WaitingData>;
};

export type QueueMemberTable = {
  readonly organization_id: string;
  readonly queue_id: string;
  readonly user_id: string;
  readonly priority: Generated<number>;
  readonly position: number;
};

export type ExtensionTable = {
  readonly organization_id: string;
  readonly extension: string;
  readonly user_id: string | null;
  readonly queue_id: string | null;
};

export type NumberTable = Edited & {
  readonly organization_id: string;
  readonly id: string;
  readonly number: string;
  readonly name: Generated<string>;
  readonly time_zone: string | null;
  readonly target: NullableDocument<Target>;
  readonly override: NullableDocument<NonNullable<NumberData['override']>>;
  readonly caller_rules: Document<NumberData['callerRules']>;
  readonly sticky_routing: Generated<boolean>;
  readonly waiting_priority: Generated<number | null>;
  readonly calendar: NullableDocument<NonNullable<NumberData['calendar']>>;
};

export type CallerIdTable = {
  readonly organization_id: string;
  readonly user_id: string;
  readonly number_id: string;
};

export type LeadTable = Edited & {
  readonly organization_id: string;
  readonly id: string;
  readonly name: string;
  readonly owner_id: string | null;
};

export type LeadNumberTable = {
  readonly organization_id: string;
  readonly number: string;
  readonly lead_id: string;
};

export type ApiKeyTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly permissions: readonly string[];
  readonly expires_at: NullableInstant;
  readonly created_by: string | null;
  readonly created_at: FilledInstant;
  readonly updated_at: FilledInstant;
};

export type SessionTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly user_id: string;
  readonly hash: string;
  readonly confirmed_at: Instant;
  readonly last_seen_at: Instant;
  readonly expires_at: Instant;
  readonly address: Generated<string>;
  readonly agent: Generated<string>;
  readonly created_at: FilledInstant;
};

export type CarrierAccountTable = {
  readonly organization_id: string;
  readonly carrier: 'twilio';
  readonly account_sid: string;
  readonly auth_tokens: readonly string[];
  readonly created_at: FilledInstant;
  readonly updated_at: FilledInstant;
};

export type ChecklistItemTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly name: string;
  readonly description: Generated<string>;
  readonly created_at: FilledInstant;
};

export type ChecklistTickTable = {
  readonly organization_id: string;
  readonly item_id: string;
  readonly user_id: string;
  readonly ticked_by: string | null;
  readonly ticked_at: Instant;
};

export type ActorType = 'user' | 'api-key' | 'operator' | 'system';

export type ActivityTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly at: FilledInstant;
  readonly actor_type: ActorType;
  readonly actor_id: string | null;
  readonly action: string;
  readonly subject_type: string;
  readonly subject_id: string | null;
  readonly before: NullableDocument<unknown>;
  readonly after: NullableDocument<unknown>;
  readonly request_id: Generated<string>;
};

/** The personal members of `before` and `after` of one activity row; gone when the person is erased. */
export type ActivityPersonalTable = {
  readonly organization_id: string;
  readonly activity_id: string;
  readonly subject_id: string;
  readonly before: NullableDocument<unknown>;
  readonly after: NullableDocument<unknown>;
};

export type LifeCycleCause = 'deactivation' | 'deletion';

export type LifeCycleTable = {
  readonly organization_id: string;
  readonly user_id: string;
  readonly cause: LifeCycleCause;
  readonly reassigned_to_user_id: string | null;
  readonly former_status: 'active' | 'inactive' | 'pending' | null;
  readonly former_extension: string | null;
  readonly erases_at: NullableInstant;
  readonly created_at: Instant;
};

export type MoveKind = 'lead' | 'number' | 'queue' | 'fallback' | 'fallback-day' | 'fallback-override';

export type LifeCycleMoveTable = {
  readonly organization_id: string;
  readonly user_id: string;
  readonly cause: LifeCycleCause;
  readonly kind: MoveKind;
  readonly item_id: string;
  readonly place: Generated<string>;
  readonly to_user_id: string | null;
  readonly priority: number | null;
  readonly position: number | null;
};

export type JobTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly kind: string;
  readonly state: Generated<'queued' | 'running' | 'done' | 'canceled'>;
  readonly input: Document<unknown>;
  readonly actor_type: 'user' | 'api-key';
  readonly actor_id: string;
  readonly request_id: Generated<string>;
  readonly total: number;
  readonly done: Generated<number>;
  readonly failed: Generated<number>;
  readonly created_at: FilledInstant;
  readonly started_at: NullableInstant;
  readonly ended_at: NullableInstant;
  readonly undone_at: NullableInstant;
  readonly claimed_until: NullableInstant;
};

export type JobRowTable = {
  readonly organization_id: string;
  readonly job_id: string;
  readonly position: number;
  readonly user_id: string | null;
  readonly state: Generated<'pending' | 'done' | 'failed'>;
  readonly input: NullableDocument<unknown>;
  readonly code: string | null;
  readonly message: string | null;
  readonly undo: NullableDocument<unknown>;
  readonly line: number | null;
  readonly cell: string | null;
};

export type OutboxTable = {
  readonly organization_id: string;
  readonly id: GeneratedAlways<number>;
  readonly version: number;
  readonly created_at: FilledInstant;
};

export type IdempotencyKeyTable = {
  readonly organization_id: string;
  readonly actor: string;
  readonly key: string;
  readonly request_hash: string;
  readonly status: number;
  readonly body: string | null;
  readonly created_at: FilledInstant;
};

export type MailMessageTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  /** Sealed; null once it is sent or given up. */
  readonly content: string | null;
  readonly sender_user_id: string | null;
  readonly sender_campaign_id: string | null;
  readonly status: Generated<'waiting' | 'sent' | 'failed'>;
  readonly attempts: Generated<number>;
  readonly next_attempt_at: Instant;
  readonly last_error: string | null;
  readonly sent_at: NullableInstant;
  readonly created_at: FilledInstant;
};

export type OneTimePurpose = 'invitation' | 'password-reset' | 'email-change';

export type OneTimeTokenTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly hash: string;
  readonly purpose: OneTimePurpose;
  readonly user_id: string;
  readonly email: string | null;
  readonly expires_at: Instant;
  readonly used_at: NullableInstant;
  readonly created_at: FilledInstant;
};

export type TwoStepTable = {
  readonly organization_id: string;
  readonly user_id: string;
  /** Sealed; null: not on. */
  readonly secret: string | null;
  readonly pending_secret: string | null;
  readonly last_step: Generated<number>;
  readonly enabled_at: NullableInstant;
};

export type BackupCodeTable = {
  readonly organization_id: string;
  readonly user_id: string;
  readonly hash: string;
};

export type MailSecurity = 'none' | 'starttls' | 'tls';

export type OrganizationMailTable = Edited & {
  readonly organization_id: string;
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  readonly domain: string;
  readonly login: string;
  /** Sealed. */
  readonly password: string;
};

export type CampaignTable = Edited & {
  readonly organization_id: string;
  readonly id: string;
  readonly name: string;
  readonly name_key: GeneratedAlways<string>;
};

export type MailAccountTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly user_id: string;
  readonly campaign_id: string | null;
  readonly local_part: string;
  /** Sealed. */
  readonly password: string;
  readonly created_at: FilledInstant;
  readonly updated_at: FilledInstant;
};

export type CallTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly carrier: 'twilio' | 'pbx';
  readonly from_kind: string;
  readonly from_value: string | null;
  readonly to_kind: string;
  readonly to_value: string;
  readonly number_id: string | null;
  readonly user_id: string | null;
  readonly queue_id: string | null;
  readonly state: 'ringing' | 'waiting' | 'in-progress' | 'ended';
  readonly outcome:
    | 'answered'
    | 'missed'
    | 'voicemail'
    | 'abandoned'
    | 'forwarded'
    | 'announced'
    | 'rejected'
    | null;
  readonly answered_by: string | null;
  readonly started_at: Instant;
  readonly answered_at: NullableInstant;
  readonly ended_at: NullableInstant;
  readonly directory_version: string | number;
  readonly decision: Document<unknown>;
  readonly timeline: Document<unknown>;
  readonly figures: ColumnType<unknown, string | undefined, string>;
  readonly created_at: FilledInstant;
  readonly updated_at: FilledInstant;
};

export type CallEventTable = {
  readonly organization_id: string;
  readonly call_id: string;
  readonly key: string;
  readonly at: Instant;
  readonly type: string;
  readonly data: Document<unknown>;
};

export type CallUserTable = {
  readonly organization_id: string;
  readonly call_id: string;
  readonly user_id: string;
  readonly queue_id: string | null;
  readonly started_at: Instant;
  readonly rung_at: NullableInstant;
  readonly answered_at: NullableInstant;
  readonly ended_at: NullableInstant;
  readonly missed: Generated<boolean>;
  /** Of the call; written by the database. */
  readonly outcome: Generated<string | null>;
};

export type CallDayTable = {
  readonly organization_id: string;
  readonly subject_type: 'user' | 'queue' | 'organization';
  readonly subject_id: string;
  readonly day: string;
  readonly offered: Generated<number>;
  readonly handled: Generated<number>;
  readonly missed: Generated<number>;
  readonly abandoned: Generated<number>;
  readonly handled_in_time: Generated<number>;
  readonly talk_seconds: Generated<string | number>;
};

export type QueueWaitTable = {
  readonly organization_id: string;
  readonly call_id: string;
  readonly step_id: string;
  readonly queue_id: string;
  readonly carrier: 'twilio' | 'pbx';
  readonly account_sid: string | null;
  readonly queue_sid: string | null;
  readonly dialled: string | null;
  readonly priority: number;
  readonly rung: Generated<readonly string[]>;
  readonly entered_at: Instant;
  readonly expires_at: Instant;
  readonly seen_at: Instant;
  readonly state: Generated<'waiting' | 'talking' | 'answered' | 'abandoned' | 'overflowed'>;
  readonly reason: 'time' | 'length' | 'no-agent' | 'hang-up' | null;
  readonly answered_by: string | null;
  readonly answered_at: NullableInstant;
  readonly ended_at: NullableInstant;
};

export type QueueOfferTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly call_id: string;
  readonly step_id: string;
  readonly queue_id: string;
  readonly user_id: string;
  readonly state: Generated<OfferState>;
  readonly devices: number;
  readonly legs: Document<Readonly<Record<string, string>>>;
  readonly offered_at: Instant;
  readonly expires_at: Instant;
  readonly ended_at: NullableInstant;
};

export type LiveStreamTable = {
  readonly organization_id: string;
  readonly epoch: Generated<string>;
  readonly seq: ColumnType<string, string | number, string | number>;
};

export type LiveEventTable = {
  readonly organization_id: string;
  readonly seq: string | number;
  readonly at: Instant;
  readonly topic: 'presence' | 'calls' | 'activity' | 'jobs' | 'coverage';
  readonly name: string;
  readonly data: Document<Readonly<Record<string, unknown>>>;
  readonly user_ids: readonly string[];
  readonly queue_ids: readonly string[];
  readonly created_at: FilledInstant;
};

export type VoicemailTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly carrier: 'twilio' | 'pbx';
  readonly recording_id: string;
  readonly call_id: string;
  readonly mailbox_type: 'user' | 'queue';
  readonly mailbox_id: string;
  readonly from_kind: string | null;
  readonly from_value: string | null;
  readonly account_sid: string | null;
  readonly sound_url: string | null;
  readonly duration_seconds: number;
  readonly received_at: Instant;
  readonly read_at: NullableInstant;
  readonly read_by: ColumnType<string | null, string | null | undefined, string | null>;
  readonly archived_at: NullableInstant;
  readonly deleted_at: NullableInstant;
  readonly sound_deleted_at: NullableInstant;
  readonly delete_attempts: Generated<number>;
  readonly next_delete_at: FilledInstant;
  readonly created_at: FilledInstant;
};

export type GreetingTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly user_id: string | null;
  readonly queue_id: string | null;
  readonly text: string | null;
  readonly sound_id: string | null;
  readonly updated_at: FilledInstant;
};

export type GreetingSoundTable = {
  readonly organization_id: string;
  readonly id: string;
  readonly greeting_id: string;
  readonly type: GreetingSoundType;
  readonly content: Buffer;
  readonly created_at: FilledInstant;
};

/** What Twilio's <Play> takes. */
export type GreetingSoundType = 'audio/mpeg' | 'audio/wav' | 'audio/aiff';

export type PresenceStreamTable = {
  readonly organization_id: string;
  readonly seq: ColumnType<number, number | undefined, number>;
};

export type PresenceLeaseTable = {
  readonly organization_id: string;
  readonly source: string;
  readonly user_id: string;
  readonly state: Presence;
  readonly counts: boolean;
  readonly queue_id: string | null;
  readonly at: Instant;
  readonly answered_at: NullableInstant;
  readonly expires_at: Instant;
  readonly seq: number;
};

export type PresenceUserTable = {
  readonly organization_id: string;
  readonly user_id: string;
  readonly state: Generated<Presence>;
  readonly calls: Generated<number>;
  readonly since: FilledInstant;
  readonly dnd_until: NullableInstant;
  readonly last_answered_at: NullableInstant;
  readonly answered_day: string | null;
  readonly answered: Generated<number>;
};

export type PresenceQueueTable = {
  readonly organization_id: string;
  readonly queue_id: string;
  readonly user_id: string;
  readonly rung_at: Instant;
  readonly seq: number;
};
