// Runs a model that SaveAsOnnx wrote: node recommend.mjs FILE INPUT COUNT, and on standard input a JSON array of the values of INPUT, an array for each list.
import { readFileSync } from "node:fs";
import ort from "onnxruntime-node";

const [file, input, count] = process.argv.slice(2);
const session = await ort.InferenceSession.create(file);
const int64 = values => new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [values.length]);
const lists = [];
for (const values of JSON.parse(readFileSync(0, "utf8"))) {
  const { recommended, scores } = await session.run({ [input]: int64(values), count: int64([count]) });
  lists.push({ items: Array.from(recommended.data, Number), scores: Array.from(scores.data) });
}
console.log(JSON.stringify(lists));
