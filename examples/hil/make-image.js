// Makes gestures.nomul: a network for a 16-channel sensor, learned from made-up data. In a project of
// your own the weights come from training and the rows from a recording (nomul fit does the same).
import { writeFileSync } from "node:fs";
import { fitImage, trainMlp } from "nomul";

const CHANNELS = 16;
const GESTURES = 4;
const ROWS = 800;

/** Each gesture excites a quarter of the channels; the rest is noise from a fixed seed. */
let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const labels = Uint8Array.from({ length: ROWS }, (_, row) => row % GESTURES);
const samples = Uint8Array.from({ length: ROWS * CHANNELS }, (_, i) => {
  const gesture = Math.floor((i % CHANNELS) / (CHANNELS / GESTURES));
  return 100 * random() + (gesture === labels[Math.floor(i / CHANNELS)] ? 120 : 20);
});

const network = trainMlp(samples, labels, { hidden: [24], seed: 1 });
const rows = { inputs: samples, columns: CHANNELS };
const { bytes } = fitImage(network, rows, { tool: "hil-example", seed: 1 });
writeFileSync("gestures.nomul", bytes);
