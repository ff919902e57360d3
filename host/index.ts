/** nomul's public face: all that the command line does, as typed functions. */

export { listBoards, loadBoard } from "./board/load.ts";
export type { Board } from "./board/schema.ts";
export { crc32c } from "./crc32c.ts";
export { type Diagnosis, type DoctorOptions, diagnose } from "./doctor/doctor.ts";
export type { MachineFacts, PortFacts } from "./doctor/facts.ts";
export type { Finding } from "./doctor/finding.ts";
export { type ErrorCode, errorCodes, exitCodes, NomulError } from "./errors.ts";
export { Checkpoint } from "./fit/checkpoint.ts";
export {
  type ClassifierOptions,
  type FittedClassifier,
  fitClassifier,
  type LabelledData,
} from "./fit/classifier.ts";
export {
  type EpochReport,
  type FineTuned,
  type FineTuneOptions,
  type FineTuneState,
  fineTune,
} from "./fit/fine-tune.ts";
export { type FittedImage, fitImage, type ImageFitOptions } from "./fit/fit-image.ts";
export {
  type Calibration,
  type FitOptions,
  type FittedNetwork,
  fitNetwork,
  type LayerOptions,
  type LayerReport,
} from "./fit/fit-network.ts";
export { floatNetworkOutputs } from "./fit/float-outputs.ts";
export { varianceBlocks } from "./fit/image-slices.ts";
export { type MlpOptions, trainMlp } from "./fit/mlp.ts";
export type { DenseLayer, FloatNetwork } from "./fit/network.ts";
export { contiguousSlices, imageBlocks } from "./fit/slices.ts";
export type { Layer } from "./generated/operators.ts";
export type { Manifest } from "./image/manifest.ts";
export { type PackOptions, packImage } from "./image/pack.ts";
export { proveNoOverflow } from "./image/prove.ts";
export { type GoldenVector, readImage, type TableImage } from "./image/read.ts";
export { type LayerEntry, readDenseLayer, readLayerList } from "./import/dense.ts";
export { type NpyArray, readNpy, writeNpy } from "./import/npy.ts";
export { type CalibrationRows, calibrationRows, dataRows, labelList } from "./import/rows.ts";
export { Device, type DeviceInfo, type DeviceStatus, type InferResult } from "./link/device.ts";
export { type DeviceOutcome, onEachDevice } from "./link/each-device.ts";
export { checkImageFits, type DeviceLimits } from "./link/fit-check.ts";
export { type FlashOptions, type FlashResult, flashImage } from "./link/flash.ts";
export { openDevice } from "./link/open-device.ts";
export { openPort, type Port } from "./link/port.ts";
export { listPorts } from "./link/ports.ts";
export type { SlotName, SlotState, SlotsStatus } from "./link/slots.ts";
export {
  type MaddnessLayer,
  type MaddnessTables,
  maddnessEncode,
  maddnessInfer,
} from "./reference/maddness.ts";
export type { Maddness4Layer } from "./reference/maddness4.ts";
export { type InputType, inferProgram, type Program } from "./reference/program.ts";
export { selftest } from "./reference/selftest.ts";
export { type ImageReport, inspectImage } from "./report/inspect.ts";
export { imageReport, type ReportOptions } from "./report/report.ts";
export { type BatchRuntime, createBatchRuntime } from "./runtime/batch.ts";
export type { InputRows } from "./runtime/batch-blocks.ts";
export { createThreadedBatchRuntime, type ThreadedBatchRuntime } from "./runtime/batch-threads.ts";
export { accuracy, argmax, type Classification, classify } from "./runtime/classify.ts";
export { createRuntime, deviceWasm, type Runtime } from "./runtime/wasm.ts";
export { servePty } from "./sim/pty.ts";
export type { PowerCut } from "./sim/simulator.ts";
export { type KeepResult, keepImage, rollBack } from "./verify/keep.ts";
export type { Difference } from "./verify/locate.ts";
export { findMemoryFaults, type MemoryFault } from "./verify/memory.ts";
export {
  type VerifyOptions,
  type VerifyResult,
  verifyDevice,
  verifyExitCode,
} from "./verify/verify.ts";
