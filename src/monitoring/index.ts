// The monitoring practice: audit events, the recorder that makes them and the sinks that take them.
export type { AuditRecorder, RecorderOptions, RecorderSnapshot } from "./audit-recorder.ts";
export {
  type AlertEvent,
  type ApplicationAuditEvent,
  type AuditEvent,
  type SystemAuditEvent,
  ECS_VERSION,
} from "./audit-event.ts";
export { ageByName, auditFiles } from "./audit-files.ts";
export type { AlertMode } from "./alert-event.ts";
export {
  type Allowance,
  Detector,
  type OnDetection,
  type WatchedRule,
  type WatchSettings,
} from "./detection/detector.ts";
export { type ApplicationLine, shownText, UNSHOWN } from "./application-event.ts";
export { isAlert } from "./alert-event.ts";
export { GROUPED_BY, type ResponseMeasure } from "./detection/response.ts";
export { type Detection, DetectionEngine } from "./detection/engine.ts";
export { FIELD_NAMES, type FieldName, type Observation } from "./detection/field.ts";
export { LiveObservation, storedObservation } from "./detection/observation.ts";
export {
  type DetectionRule,
  type NamedOperations,
  RULE_LEVELS,
  type RuleLevel,
  type Selection,
} from "./detection/rule.ts";
export { compileDetection } from "./detection/selection.ts";
export { type Action, ACTIONS } from "./classification.ts";
export type { Delivery, Destination, Measured, RecordOutcome, SpooledRecord } from "./delivery/destination.ts";
export { consoleSink, type ConsoleSinkOptions } from "./console-sink.ts";
export type { Rotation } from "./file-rotation.ts";
export { fileDestination } from "./file-destination.ts";
export { placeOf } from "./file-place.ts";
export { fileSink, type FileSinkOptions } from "./file-sink.ts";
export type { Family } from "./metrics/family.ts";
export { Metrics, type ShownMetrics } from "./metrics/metrics.ts";
export { gauge } from "./metrics/process-metrics.ts";
export type { SensitiveParameters } from "./operation-fields.ts";
export { ChainVerifier, type Finding, type Verdict } from "./evidence/chain-verifier.ts";
export { undelivered } from "./evidence/suspicions.ts";
export type { Part, Times } from "./evidence/window.ts";
export { type Checkpoint, notesOf, openCheckpoint, openNotes } from "./evidence/checkpoint.ts";
export { readRecordedEvent, type RecordedEvent, recordedLine } from "./recorded-event.ts";
export { linkOf } from "./spool/chain.ts";
export { type Known, knownOf, lastSpooled } from "./spool/known.ts";
export { spooledEvents } from "./spool/spooled-events.ts";
export { checkpointFile } from "./evidence/checkpointer.ts";
export type { CheckpointSink } from "./evidence/checkpoint-place.ts";
export { diskFiles, makeDiskFiles, type SpoolFiles } from "./spool/files.ts";
export { spareSize } from "./spool/spare-room.ts";
export { openSpooledDelivery, type SpooledDelivery } from "./delivery/spooled-delivery.ts";
export { type DeadLetter, deadOwner, readDeadLetters } from "./spool/dead-letters.ts";
export { askRetry } from "./spool/retry-request.ts";
export { type SpoolStats, spoolStats } from "./spool/stats.ts";
export { createRecorder } from "./recorder.ts";
export { type SamplingOptions, TraceSampler } from "./sampling.ts";
export { sensitiveParameters } from "./sensitive-parameters.ts";
export type { EventView, Level, Sink, SinkListener } from "./sink.ts";
