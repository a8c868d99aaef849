/**
 * Actions: work outside the Kubernetes API (Ray's HTTP API, an image build), run apart from the queue. A controller
 * declares each with the types of its question and its answer, and with the reason to ask again; a plan asks with
 * `act`, and finds the answer in the world of a later reconcile.
 */
import type { KubeObject } from "../meta/object.ts";
import { deepEqual } from "../machinery/deep-equal.ts";
import type { PolicyRule } from "./policy-rule.ts";

/** Plain data. */
export type Question = Readonly<Record<string, unknown>>;

declare const types: unique symbol;

export interface ActionKind<Q extends Question, A> {
  /** Unique within the controller. */
  readonly name: string;
  /** For the reference docs: what it does, in a sentence. */
  readonly does: string;
  /** Asked again this long after each answer. Without it, a question is asked once; a new question is always asked at once. */
  readonly repeat?: { readonly everyMs: number; readonly because: string };
  /** What it asks of the Kubernetes API itself. */
  readonly rights?: readonly PolicyRule[];
  /** 10 s when absent. */
  readonly timeoutMs?: number;
  readonly [types]?: (question: Q) => A;
}

export const defineAction = <Q extends Question, A>(action: ActionKind<Q, A>): ActionKind<Q, A> => action;

export type Outcome<A> = { readonly ok: true; readonly value: A } | { readonly ok: false; readonly error: string };

/** The outcome of the last finished run, whatever was asked then. */
export interface Answer<Q = Question, A = unknown> {
  readonly question: Q;
  readonly at: Date;
  readonly outcome: Outcome<A>;
}

/** The answer, if it is to this very question. */
export function answerTo<Q extends Question, A>(
  answer: Answer<Q, A> | undefined,
  question: Q,
): Answer<Q, A> | undefined {
  return answer && deepEqual(answer.question, question) ? answer : undefined;
}

export interface ActionContext<Root> {
  readonly root: Root;
  readonly signal: AbortSignal;
}

/** An action with what carries it out. */
export interface Performer<Root extends KubeObject> {
  // A list of actions of different types: each is only ever handed its own questions.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly action: ActionKind<any, any>;
  run(question: Question, context: ActionContext<Root>): Promise<unknown>;
}

export const perform = <Root extends KubeObject, Q extends Question, A>(
  action: ActionKind<Q, A>,
  run: (question: Q, context: ActionContext<Root>) => Promise<A>,
): Performer<Root> => ({ action, run: (question, context) => run(question as Q, context) });
