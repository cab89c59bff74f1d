// The openai package, unmodified, against a running gateway. Prints one line of JSON for each case: its name and, where it failed, why.
import assert from 'node:assert/strict';
import OpenAI, { APIError, AuthenticationError, BadRequestError, NotFoundError } from 'openai';

const [baseURL, apiKey, model] = [new URL('/v1', process.env.ZAKENAK_URL).href, process.env.ZAKENAK_KEY, 'guide:v1'];
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const ask = (text) => [{ role: 'user', content: text }];
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: {
      type: 'object',
      properties: { city: { enum: ['Paris', 'Bern'] }, days: { type: 'integer', minimum: 1, maximum: 3 } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
  },
};

function assertWeather(call) {
  assert.equal(call.function.name, 'weather');
  const { city, days, ...rest } = JSON.parse(call.function.arguments);
  assert.ok(['Paris', 'Bern'].includes(city));
  assert.ok(days >= 1 && days <= 3);
  assert.deepEqual(rest, {});
}

const cases = {
  async chat() {
    const answer = await client.chat.completions.create({ model, messages: ask('What is Zakenak?'), temperature: 0, max_tokens: 32 });
    assert.match(answer.choices[0].message.content, /Zakenak/);
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
    assert.ok(answer._request_id);
  },

  async stream() {
    const stream = await client.chat.completions.create({
      model, messages: ask('Hello'), temperature: 0, max_tokens: 16, stream: true, stream_options: { include_usage: true },
    });
    let [text, usage] = ['', null];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    assert.ok(text.length > 0);
    assert.ok(usage.completion_tokens > 0);
  },

  async stream_helper() {
    const runner = client.chat.completions.stream({ model, messages: ask('Hello'), temperature: 0, max_tokens: 16 });
    const whole = await client.chat.completions.create({ model, messages: ask('Hello'), temperature: 0, max_tokens: 16 });
    assert.equal(await runner.finalContent(), whole.choices[0].message.content);
  },

  async tools() {
    const answer = await client.chat.completions.create({
      model, messages: ask('How is the weather?'), tools: [weather], tool_choice: 'required', parallel_tool_calls: false,
    });
    assert.equal(answer.choices[0].finish_reason, 'tool_calls');
    assertWeather(answer.choices[0].message.tool_calls[0]);
  },

  async tools_streamed() {
    const runner = client.chat.completions.stream({
      model, messages: ask('How is the weather?'), tools: [weather], tool_choice: { type: 'function', function: { name: 'weather' } },
    });
    assertWeather((await runner.finalMessage()).tool_calls[0]);
  },

  async json_schema() {
    const schema = {
      type: 'object', properties: { tier: { enum: ['gold', 'silver'] }, open: { type: 'boolean' } }, required: ['tier', 'open'], additionalProperties: false,
    };
    const answer = await client.chat.completions.parse({
      model, messages: ask('What is my tier?'), response_format: { type: 'json_schema', json_schema: { name: 'tier', strict: true, schema } }, max_tokens: 64,
    });
    const { tier, open } = answer.choices[0].message.parsed;
    assert.ok(['gold', 'silver'].includes(tier));
    assert.equal(typeof open, 'boolean');
  },

  async several_answers() {
    const answer = await client.chat.completions.create({ model, messages: ask('Hello'), n: 2, max_tokens: 8 });
    assert.deepEqual(answer.choices.map((choice) => choice.index).sort(), [0, 1]);
  },

  async logprobs() {
    const answer = await client.chat.completions.create({ model, messages: ask('Hello'), logprobs: true, top_logprobs: 2, max_tokens: 4 });
    const { content } = answer.choices[0].logprobs;
    assert.equal(content.length, answer.usage.completion_tokens);
    assert.ok(content.every((token) => token.logprob <= 0 && token.top_logprobs.length === 2));
  },

  async seed() {
    const once = () => client.chat.completions.create({ model, messages: ask('Hello'), temperature: 1.5, seed: 7, max_tokens: 12 });
    assert.equal((await once()).choices[0].message.content, (await once()).choices[0].message.content);
  },

  async embeddings() {
    // The package asks for base64 and decodes it, unless told otherwise.
    const input = ['one text', 'another text'];
    const [decoded, numbers] = await Promise.all([
      client.embeddings.create({ model, input }),
      client.embeddings.create({ model, input, encoding_format: 'float' }),
    ]);
    assert.equal(decoded.data.length, 2);
    for (const [i, { embedding }] of decoded.data.entries()) {
      assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-3);
      assert.ok(embedding.every((value, d) => Math.abs(value - numbers.data[i].embedding[d]) < 1e-4));
    }
    assert.ok(decoded.usage.prompt_tokens > 0);
  },

  async completions() {
    const answer = await client.completions.create({ model, prompt: 'What is Zakenak?', temperature: 0, max_tokens: 32 });
    assert.match(answer.choices[0].text, /Zakenak/);
    assert.equal(answer.object, 'text_completion');
    let [text, reason] = ['', null];
    for await (const chunk of await client.completions.create({ model, prompt: 'What is Zakenak?', temperature: 0, max_tokens: 32, stream: true })) {
      text += chunk.choices[0].text;
      reason = chunk.choices[0].finish_reason ?? reason;
    }
    assert.equal(text, answer.choices[0].text);
    assert.equal(reason, answer.choices[0].finish_reason);
  },

  async responses() {
    const answer = await client.responses.create({ model, instructions: 'Be short.', input: 'What is Zakenak?', temperature: 0, max_output_tokens: 32 });
    assert.match(answer.output_text, /Zakenak/);
    assert.equal(answer.instructions, 'Be short.');
    assert.equal(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens);
    const short = await client.responses.create({ model, input: 'What is Zakenak?', temperature: 0, max_output_tokens: 2 });
    assert.equal(short.status, 'incomplete');
    assert.equal(short.incomplete_details.reason, 'max_output_tokens');
  },

  async responses_stream() {
    const input = [{ role: 'user', content: [{ type: 'input_text', text: 'What is Zakenak?' }] }];
    const types = [];
    const runner = client.responses.stream({ model, input, temperature: 0, max_output_tokens: 32 }).on('event', (event) => types.push(event.type));
    const answer = await runner.finalResponse();
    assert.match(answer.output[0].content[0].text, /Zakenak/);
    assert.deepEqual([...new Set(types)], [
      'response.created', 'response.in_progress', 'response.output_item.added', 'response.content_part.added', 'response.output_text.delta',
      'response.output_text.done', 'response.content_part.done', 'response.output_item.done', types.at(-1),
    ]);
    assert.ok(['response.completed', 'response.incomplete'].includes(types.at(-1)));
  },

  async responses_tools() {
    const { function: named } = weather;
    const request = { model, input: 'How is the weather?', tools: [{ type: 'function', strict: true, ...named }], tool_choice: 'required', parallel_tool_calls: false };
    const whole = await client.responses.create(request);
    const streamed = await client.responses.stream(request).finalResponse();
    for (const { output } of [whole, streamed]) {
      assert.equal(output.length, 1);
      assert.equal(output[0].type, 'function_call');
      assertWeather({ function: output[0] });
    }
    const [call] = whole.output;
    const answer = await client.responses.create({
      model, max_output_tokens: 8, input: [{ role: 'user', content: 'How is the weather?' }, call, { type: 'function_call_output', call_id: call.call_id, output: 'Sun.' }],
    });
    assert.ok(answer.output_text.length > 0);
  },

  async responses_schema() {
    const schema = { type: 'object', properties: { tier: { enum: ['gold', 'silver'] } }, required: ['tier'], additionalProperties: false };
    const answer = await client.responses.parse({ model, input: 'What is my tier?', text: { format: { type: 'json_schema', name: 'tier', strict: true, schema } } });
    assert.ok(['gold', 'silver'].includes(answer.output_parsed.tier));
  },

  async responses_store_nothing() {
    await assert.rejects(client.responses.create({ model, input: 'And then?', previous_response_id: 'resp_1' }), (error) =>
      error instanceof BadRequestError && error.param === 'previous_response_id');
  },

  async models() {
    const ids = [];
    for await (const item of client.models.list()) ids.push(item.id);
    assert.deepEqual(ids, [model]);
    assert.equal((await client.models.retrieve(model)).id, model);
  },

  async wrong_key() {
    await assert.rejects(new OpenAI({ baseURL, apiKey: 'zk-wrong', maxRetries: 0 }).models.list(), (error) =>
      error instanceof AuthenticationError && error.code === 'invalid_api_key');
  },

  async unknown_model() {
    await assert.rejects(client.chat.completions.create({ model: 'nobody:v9', messages: ask('Hi') }), (error) =>
      error instanceof NotFoundError && error.code === 'model_not_found' && error.param === 'model');
  },

  async bad_parameter() {
    await assert.rejects(client.chat.completions.create({ model, messages: ask('Hi'), temperature: 9 }), (error) =>
      error instanceof BadRequestError && error.param === 'temperature');
    await assert.rejects(client.embeddings.create({ model, input: 'Hi', dimensions: 1 }), (error) =>
      error instanceof BadRequestError && error.param === 'dimensions');
  },

  async abort() {
    const stream = await client.chat.completions.create({
      model, messages: ask('Count'), stream: true, max_tokens: 100,
      response_format: { type: 'json_schema', json_schema: { name: 'numbers', schema: { type: 'array', items: { type: 'integer' }, minItems: 100 } } },
    });
    let chunks = 0;
    for await (const _ of stream) {
      if (++chunks === 2) stream.controller.abort();
      assert.ok(chunks < 90, 'The stream went on after it was aborted.');
    }
  },
};

for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    console.log(JSON.stringify({ name }));
  } catch (error) {
    console.log(JSON.stringify({ name, why: error instanceof APIError ? `${error.status} ${error.message}` : String(error.stack ?? error) }));
  }
}
