// What people read when something went wrong.

const sentences = {
  backend_lost: "The model stopped before its answer was complete.",
  backend_timeout: "The model has said nothing for too long.",
  backend_invalid_response: "The model's answer made no sense.",
  model_unavailable: "No model is ready at the moment. It may still be loading.",
  model_not_found: "This model is no longer served.",
  rate_limit_exceeded: "That was a lot of messages at once.",
  concurrency_limit_exceeded: "Too many answers are being written at the same moment.",
  queue_full: "Others are asking too, and the model's queue is full.",
  overloaded: "Too many answers are being written at the same moment.",
  context_length_exceeded: "This is longer than the model can read. Ask something shorter.",
  session_over: "This session is over. Open the link that was printed when Zakenak started last.",
};

/** An error in OpenAI's shape, or a failed connection, as one to show. */
export class Fault extends Error {
  constructor(error, retryAfter) {
    const sentence = sentences[error?.code] ?? error?.message ?? "Something went wrong.";
    super(retryAfter > 0 ? `${sentence} Try again in ${retryAfter} s.` : sentence);
    this.code = error?.code;
  }

  /** Of an answer that is none. */
  static async of(response) {
    const body = await response.json().catch(() => null);
    return new Fault(body?.error ?? { message: `The gateway answered with status ${response.status}.` }, Number(response.headers.get("Retry-After")));
  }

  /** Of whatever was thrown. */
  static from(thrown) {
    return thrown instanceof Fault ? thrown : new Fault({ message: "The gateway can't be reached. Is Zakenak still running?" });
  }
}
