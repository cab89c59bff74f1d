// The ollama package, unmodified, against a running gateway. Prints one line of JSON for each case: its name and, where it failed, why.
import assert from 'node:assert/strict';
import { Ollama } from 'ollama';

const model = 'guide:v1';
const host = process.env.ZAKENAK_URL;
const headers = { Authorization: `Bearer ${process.env.ZAKENAK_KEY}` };
const client = new Ollama({ host, headers });
const ask = (content) => [{ role: 'user', content }];
const options = { temperature: 0, num_predict: 32 };
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'Tells the weather.',
    parameters: { type: 'object', properties: { city: { type: 'string', enum: ['Paris', 'Bern'] } }, required: ['city'], additionalProperties: false },
  },
};

const cases = {
  async chat() {
    const answer = await client.chat({ model, messages: ask('What is Zakenak?'), options });
    assert.match(answer.message.content, /Zakenak/);
    assert.equal(answer.message.role, 'assistant');
    assert.equal(answer.model, model);
    assert.equal(answer.done, true);
    assert.ok(answer.eval_count > 0 && answer.prompt_eval_count > 0 && answer.total_duration > 0);
  },

  async chat_stream() {
    const whole = await client.chat({ model, messages: ask('Hello'), options });
    const parts = [];
    for await (const part of await client.chat({ model, messages: ask('Hello'), options, stream: true })) parts.push(part);
    assert.equal(parts.map((part) => part.message.content).join(''), whole.message.content);
    assert.ok(parts.length > 2);
    assert.ok(parts.slice(0, -1).every((part) => !part.done));
    assert.equal(parts.at(-1).eval_count, whole.eval_count);
    assert.equal(parts.at(-1).done_reason, whole.done_reason);
  },

  async length() {
    const answer = await client.chat({ model, messages: ask('What is Zakenak?'), options: { temperature: 0, num_predict: 2 } });
    assert.equal(answer.done_reason, 'length');
    assert.equal(answer.eval_count, 2);
  },

  async system_and_turns() {
    const answer = await client.chat({
      model, options,
      messages: [{ role: 'system', content: 'Be short.' }, ...ask('Hello'), { role: 'assistant', content: 'Hello!' }, ...ask('What is Zakenak?')],
    });
    assert.ok(answer.message.content.length > 0);
  },

  async generate() {
    const answer = await client.generate({ model, prompt: 'What is Zakenak?', options });
    assert.match(answer.response, /Zakenak/);
    assert.equal(answer.done, true);
  },

  async generate_stream() {
    let text = '';
    for await (const part of await client.generate({ model, system: 'Be short.', prompt: 'Hello', options, stream: true })) text += part.response;
    assert.ok(text.length > 0);
  },

  async format_schema() {
    const format = { type: 'object', properties: { tier: { enum: ['gold', 'silver'] } }, required: ['tier'], additionalProperties: false };
    const answer = await client.chat({ model, messages: ask('What is my tier?'), format, options: { temperature: 0 } });
    assert.ok(['gold', 'silver'].includes(JSON.parse(answer.message.content).tier));
  },

  async tools() {
    // Asked in a schema's words, for nothing in this protocol can demand a call: what comes is a call or text, and a call meets its schema.
    const answer = await client.chat({ model, messages: ask('Call weather.'), tools: [weather], options: { temperature: 0 } });
    for (const call of answer.message.tool_calls ?? []) {
      assert.equal(call.function.name, 'weather');
      assert.ok(['Paris', 'Bern'].includes(call.function.arguments.city));
    }
  },

  async tool_results() {
    const answer = await client.chat({
      model, options, tools: [weather],
      messages: [
        ...ask('How is the weather?'),
        { role: 'assistant', content: '', tool_calls: [{ function: { name: 'weather', arguments: { city: 'Bern' } } }] },
        { role: 'tool', tool_name: 'weather', content: 'Sun.' },
      ],
    });
    assert.equal(answer.done, true);
  },

  async embed() {
    const answer = await client.embed({ model, input: ['one text', 'another text'] });
    assert.equal(answer.embeddings.length, 2);
    for (const vector of answer.embeddings) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-3);
    assert.ok(answer.prompt_eval_count > 0);
    assert.equal((await client.embed({ model, input: 'one text' })).embeddings.length, 1);
  },

  async list() {
    const { models } = await client.list();
    assert.deepEqual(models.map((item) => item.name), [model]);
    assert.match(models[0].digest, /^[0-9a-f]{64}$/);
    assert.ok(new Date(models[0].modified_at).getTime() > 0);
  },

  async show() {
    const shown = await client.show({ model });
    assert.ok(shown.capabilities.includes('completion'));
    assert.equal(shown.details.format, 'gguf');
    await assert.rejects(client.show({ model: 'nobody' }), (error) => error.status_code === 404 && /nobody/.test(error.message));
  },

  async version() {
    assert.match((await client.version()).version, /^\d+\.\d+\.\d+$/);
  },

  async latest_is_the_newest() {
    assert.equal((await client.chat({ model: 'guide:latest', messages: ask('Hello'), options })).model, model);
  },

  async errors() {
    await assert.rejects(client.chat({ model: 'nobody:v9', messages: ask('Hi') }), (error) => error.status_code === 404 && /does not exist/.test(error.message));
    await assert.rejects(client.chat({ model, messages: ask('Hi'), options: { temperature: 9 } }), (error) => error.status_code === 400 && /temperature/.test(error.message));
    await assert.rejects(client.generate({ model, prompt: 'Hi', raw: true }), (error) => error.status_code === 400 && /raw/.test(error.message));
    await assert.rejects(new Ollama({ host }).list(), (error) => error.status_code === 401 && /API key/.test(error.message));
    await assert.rejects(client.pull({ model: 'llama3' }), (error) => error.status_code === 404);
  },

  async abort() {
    const format = { type: 'array', items: { type: 'integer' }, minItems: 100 };
    const stream = await client.chat({ model, messages: ask('Count'), format, options: { num_predict: 100 }, stream: true });
    let parts = 0;
    await assert.rejects(async () => {
      for await (const _ of stream) {
        if (++parts === 2) stream.abort();
        assert.ok(parts < 90, 'The stream went on after it was aborted.');
      }
    }, { name: 'AbortError' });
  },
};

for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    console.log(JSON.stringify({ name }));
  } catch (error) {
    console.log(JSON.stringify({ name, why: String(error.stack ?? error) }));
  }
}
