// One nlp.js model, by the protocol of `bench.nlu.rasa_worker`: `node worker.js <folder>`.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { NlpManager } = require("node-nlp");

const LANGUAGE = "es";
const NONE = "None";
const MODEL = "model.nlp";

function manager() {
  // settings of its quick start; entities and the log, which cost time, are left out
  return new NlpManager({ languages: [LANGUAGE], autoSave: false, nlu: { log: false } });
}

function read(folder, name) {
  return JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
}

function write(folder, name, value) {
  fs.writeFileSync(path.join(folder, name), JSON.stringify(value));
}

// microseconds of CPU
function spent(started) {
  const { user, system } = process.cpuUsage(started);
  return user + system;
}

async function train(folder) {
  const nlp = manager();
  for (const [text, intent] of read(folder, "train.json")) nlp.addDocument(LANGUAGE, text, intent);
  const started = process.cpuUsage();
  await nlp.train();
  const seconds = spent(started) / 1e6;
  const model = nlp.export(true);
  fs.writeFileSync(path.join(folder, MODEL), model);
  write(folder, "trained.json", { seconds, bytes: Buffer.byteLength(model) });
}

async function ask(folder) {
  const nlp = manager();
  nlp.import(fs.readFileSync(path.join(folder, MODEL), "utf8"));
  const answers = [];
  for (const text of read(folder, "ask.json")) {
    const started = process.cpuUsage();
    const found = await nlp.process(LANGUAGE, text);
    const ms = spent(started) / 1e3;
    const best = found.classifications.find((one) => one.intent !== NONE) ?? { intent: "", score: 0 };
    answers.push([best.intent, best.score, found.intent === NONE, ms]);
  }
  write(folder, "answers.json", { answers });
}

async function main(folder) {
  if (!fs.existsSync(path.join(folder, "trained.json"))) await train(folder);
  if (fs.existsSync(path.join(folder, "ask.json"))) await ask(folder);
}

main(process.argv[2]);
