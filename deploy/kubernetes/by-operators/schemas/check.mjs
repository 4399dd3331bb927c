// Hold each manifest of the folder above against the schema that its operator publishes; ends with 1 where one is wrong.
// In JavaScript, because the schemas of all four operators are kept, pinned and complete only there (kubernetes-models).
import { readdirSync, readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

const SCHEMAS = {
  "kafka.strimzi.io": "@kubernetes-models/strimzi-kafka-operator",
  "keda.sh": "@kubernetes-models/keda",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
  "postgresql.cnpg.io": "@kubernetes-models/cloudnative-pg",
};
const MANIFESTS = new URL("../", import.meta.url);

for (const file of readdirSync(MANIFESTS).filter((name) => name.endsWith(".yaml"))) {
  for (const document of parseAllDocuments(readFileSync(new URL(file, MANIFESTS), "utf8"))) {
    await check(file, document.toJS());
  }
}

async function check(file, manifest) {
  const [group, version] = manifest.apiVersion.split("/");
  const { [manifest.kind]: Kind } = await import(`${SCHEMAS[group]}/${group}/${version}`);
  try {
    new Kind(manifest).validate();
  } catch (wrong) {
    console.error(`${file}: ${manifest.kind} ${manifest.metadata.name}: ${wrong.message}`);
    process.exitCode = 1;
  }
}
