// A tour of a store with npm's fhir-kit-client, unmodified. Run by `clients.rs`:
// CLIENT is the file of the package that is imported, BASE the store's FHIR base, KEY an API key.
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';

const { default: Default, Client: Named } = await import(pathToFileURL(process.env.CLIENT));
const Client = Named ?? Default;
const client = new Client({ baseUrl: process.env.BASE, bearerToken: process.env.KEY });
const system = 'urn:tour:js';

let steps = 0;
const step = async (name, work) => {
  await work();
  steps += 1;
  console.log(`ok ${name}`);
};
const headersOf = (resource) => Client.httpFor(resource).response.headers;
const refused = async (status, work) => {
  try {
    await work();
  } catch (error) {
    assert.equal(error.response?.status, status, String(error));
    assert.equal(error.response.data.resourceType, 'OperationOutcome');
    return error.response.data;
  }
  throw new Error(`refused with ${status} was expected`);
};

let patient;
await step('metadata', async () => {
  const statement = await client.capabilityStatement();
  assert.equal(statement.resourceType, 'CapabilityStatement');
  assert.equal(statement.fhirVersion, '4.0.1');
});
await step('create', async () => {
  const body = {
    resourceType: 'Patient', identifier: [{ system, value: '0' }],
    name: [{ family: 'Äther', given: ['Ada'] }], gender: 'female',
  };
  patient = await client.create({ resourceType: 'Patient', body });
  assert.equal(patient.meta.versionId, '1');
  assert.match(headersOf(patient).get('location'), /\/Patient\/.+\/_history\/1$/);
});
await step('read', async () => {
  const read = await client.read({ resourceType: 'Patient', id: patient.id });
  assert.equal(read.name[0].family, 'Äther');
  assert.equal(headersOf(read).get('etag'), 'W/"1"');
});
await step('update with If-Match', async () => {
  const body = { ...patient, active: true };
  const update = (version) => client.update({
    resourceType: 'Patient', id: patient.id, body, options: { headers: { 'If-Match': version } },
  });
  patient = await update('W/"1"');
  assert.equal(patient.meta.versionId, '2');
  await refused(412, () => update('W/"1"'));
});
await step('patch', async () => {
  const jsonPatch = [{ op: 'replace', path: '/gender', value: 'other' }];
  patient = await client.patch({ resourceType: 'Patient', id: patient.id, jsonPatch });
  assert.equal(patient.gender, 'other');
});
await step('transaction', async () => {
  const entry = [1, 2, 3].map((n) => ({
    fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${n}`,
    resource: {
      resourceType: 'Observation', status: 'final', code: { text: `tour ${n}` },
      subject: { reference: `Patient/${patient.id}` },
      ...(n > 1 && { hasMember: [{ reference: 'urn:uuid:00000000-0000-4000-8000-000000000001' }] }),
    },
    request: { method: 'POST', url: 'Observation' },
  }));
  const body = { resourceType: 'Bundle', type: 'transaction', entry };
  const done = await client.transaction({ body });
  assert.equal(done.type, 'transaction-response');
  assert.deepEqual(done.entry.map((e) => e.response.status), ['201', '201', '201']);
});
await step('search with paging', async () => {
  let page = await client.search({
    resourceType: 'Observation', searchParams: { subject: `Patient/${patient.id}`, _count: 2 },
  });
  assert.equal(page.total, 3);
  let [seen, pages] = [0, 0];
  while (page) {
    seen += page.entry.length;
    pages += 1;
    page = await client.nextPage({ bundle: page });
  }
  assert.deepEqual([seen, pages], [3, 2]);
});
await step('search by POST with include', async () => {
  const found = await client.resourceSearch({
    resourceType: 'Observation', options: { postSearch: true },
    searchParams: { 'subject:Patient.identifier': `${system}|0`, _include: 'Observation:subject' },
  });
  const modes = found.entry.map((e) => e.search.mode);
  assert.deepEqual(modes, ['match', 'match', 'match', 'include']);
});
await step('compartment', async () => {
  const found = await client.compartmentSearch({
    resourceType: 'Observation', compartment: { resourceType: 'Patient', id: patient.id },
  });
  assert.equal(found.total, 3);
});
await step('history', async () => {
  const history = await client.history({ resourceType: 'Patient', id: patient.id });
  assert.equal(history.type, 'history');
  assert.deepEqual(history.entry.map((e) => e.resource.meta.versionId), ['3', '2', '1']);
  const old = await client.vread({ resourceType: 'Patient', id: patient.id, version: '1' });
  assert.equal(old.gender, 'female');
});
await step('operations', async () => {
  const everything = await client.operation({
    name: 'everything', resourceType: 'Patient', id: patient.id, method: 'GET',
  });
  assert.equal(everything.total, 4);
  const meta = { resourceType: 'Parameters', parameter: [{
    name: 'meta', valueMeta: { tag: [{ system, code: 'toured' }] },
  }] };
  const labelled = await client.operation({
    name: '$meta-add', resourceType: 'Patient', id: patient.id, input: meta,
  });
  assert.equal(labelled.parameter[0].valueMeta.tag[0].code, 'toured');
});
await step('errors', async () => {
  await refused(404, () => client.read({ resourceType: 'Patient', id: 'nobody' }));
  const body = { resourceType: 'Patient', birthDate: 'yesterday' };
  const outcome = await refused(400, () => client.create({ resourceType: 'Patient', body }));
  assert.equal(outcome.issue[0].expression[0], 'Patient.birthDate');
  const stranger = new Client({ baseUrl: process.env.BASE });
  await refused(401, () => stranger.read({ resourceType: 'Patient', id: patient.id }));
});
await step('delete', async () => {
  await client.delete({ resourceType: 'Patient', id: patient.id });
  await refused(410, () => client.read({ resourceType: 'Patient', id: patient.id }));
});
console.log(`${steps} steps`);
