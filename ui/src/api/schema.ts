import type { components } from './schema.gen';

// The server's own description of its answers, under the words that the dashboard uses.
// `npm run types` makes schema.gen.ts anew from server/openapi.json.

type Schemas = components['schemas'];

export type Session = Schemas['Session'];
/** A session of the list; with words searched it says where they were said. */
export type FoundSession = Schemas['FoundSession'];
export type ModelUse = Schemas['ModelUse'];
export type Trace = Schemas['Trace'];
export type Span = Schemas['Span'];
export type SpanError = Schemas['SpanError'];
export type Turn = Schemas['Turn'];
export type Message = Schemas['Message'];
export type ToolCall = Schemas['ToolCall'];
export type SessionAnalytics = Schemas['SessionAnalytics'];
export type Ingestion = Schemas['Ingestion'];
export type Grammar = Schemas['Grammar'];
export type FieldValue = Schemas['FieldValue'];
export type Match = Schemas['Match'];
export type Me = Schemas['Me'];
export type SignInMethods = Schemas['Methods'];
export type SignInAddress = Schemas['Address'];
export type SessionPatch = Schemas['SessionPatch'];
export type SessionGoal = Schemas['SessionGoal'];
export type Score = Schemas['ScoreAnswer'];
export type NewScore = Partial<Schemas['NewScore']> & Pick<Schemas['NewScore'], 'name' | 'value'>;
export type Goal = Schemas['GoalAnswer'];
export type GoalBody = Schemas['GoalBody'];
export type GoalAnalytics = Schemas['GoalAnalytics'];
export type GoalPreview = Schemas['GoalPreview'];
export type CostAnalytics = Schemas['CostAnalytics'];
export type Journeys = Schemas['Journeys'];
export type Funnel = Schemas['Funnel'];
export type User = Schemas['User'];
export type UserDetail = Schemas['UserDetail'];
export type ErasureReceipt = Schemas['ErasureReceipt'];
export type Quality = Schemas['Quality'];
export type Comparison = Schemas['Comparison'];
export type SessionPair = Schemas['SessionPair'];
export type TurnPair = Schemas['TurnPair'];
export type ComparedTurn = Schemas['ComparedTurn'];
export type View = Schemas['ViewAnswer'];
export type ViewBody = Schemas['ViewBody'];
export type Share = Schemas['ShareAnswer'];
export type NewShare = Schemas['NewShareAnswer'];
export type OpenedShare = Schemas['OpenedShare'];
export type ApiKey = Schemas['KeyAnswer'];
export type NewApiKey = Schemas['NewKeyAnswer'];
export type Project = Schemas['ProjectAnswer'];
export type NewProject = Schemas['NewProjectAnswer'];
export type Price = Schemas['PriceAnswer'];
export type PriceBody = Schemas['NewPrice'];
export type Repricing = Schemas['RepricingAnswer'];
export type ProjectSettings = Schemas['SettingsAnswer'];
export type Alert = Schemas['Alert'];
export type AlertRule = Schemas['Rule'];
export type AlertRuleBody = Schemas['RuleBody'];
export type Tried = Schemas['Tried'];
export type Account = Schemas['AccountAnswer'];
export type Role = Account['role'];
export type Invitation = Schemas['InvitationAnswer'];
export type NewInvitation = Schemas['NewInvitationAnswer'];
export type OidcSettings = Schemas['OidcSettings'];
/** A browser in which an account is signed in. */
export type OwnSession = Schemas['SessionAnswer'];
export type AuditEvent = Schemas['AuditEventAnswer'];
export type AuditAction = AuditEvent['action'];
export type ActorKind = Schemas['Actor']['kind'];
export type MaskingRules = Schemas['MaskingBody'];
export type Detector = MaskingRules['detectors'][number];
export type MaskedText = Schemas['MaskedText'];
export type ErrorBody = Schemas['Failure'];

export interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** A part of a message: `text`, `reasoning`, `image`, `audio`, `video` or `file`; anything else is shown raw. */
export type ContentPart = Message['content'][number];
