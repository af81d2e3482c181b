// Generated from sidecar.openapi.yaml by `npm run generate`. Do not edit.

export interface paths {
    readonly "/v1/call/{type}/{id}/{path}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Seconds from the arrival of the call until the answer has to begin, such as 2.5. It is carried along
                 *     to the application, reduced by what has passed.
                 * @example 2.5
                 */
                readonly "Berth-Timeout"?: components["parameters"]["CallTimeout"];
                /**
                 * @description Says that the call may be sent again, whatever its method. The application gets it, and tells by it
                 *     what it has done already. An empty one is none.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description Whoever calls an actor from within a call passes the `Berth-Chain` on that came with it, as it is. So an
                 *     actor that takes one call at a time lets in those that are part of the call that it runs. At most 32 names.
                 */
                readonly "Berth-Chain"?: components["parameters"]["Chain"];
                /**
                 * @description With `1` the answer has `Berth-Explanation`.
                 * @example 1
                 */
                readonly "Berth-Explain"?: components["parameters"]["Explain"];
            };
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
                /**
                 * @description All that is behind the actor, slashes and query included, as it is to arrive. May be empty.
                 * @example items/7?verbose=1
                 */
                readonly path: string;
            };
            readonly cookie?: never;
        };
        /** Calls an actor with GET; sent again if it breaks. */
        readonly get: operations["callGet"];
        /** Calls an actor with PUT; sent again if it breaks and its body is held. */
        readonly put: operations["callPut"];
        /** Calls an actor with POST; sent again only with an Idempotency-Key. */
        readonly post: operations["callPost"];
        /** Calls an actor with DELETE; sent again if it breaks. */
        readonly delete: operations["callDelete"];
        /** Calls an actor with OPTIONS; sent again if it breaks. */
        readonly options: operations["callOptions"];
        /** Calls an actor with HEAD; sent again if it breaks. */
        readonly head: operations["callHead"];
        /** Calls an actor with PATCH; sent again only with an Idempotency-Key. */
        readonly patch: operations["callPatch"];
        readonly trace?: never;
    };
    readonly "/v1/where/{type}/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
            };
            readonly cookie?: never;
        };
        /**
         * Which host runs the actor. Waits while it moves.
         * @description Answered from the table here, at once unless the actor moves or there is no table yet. The host may
         *     have lost the actor when the answer arrives: who wants to reach it calls it.
         */
        readonly get: operations["whereIsActor"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/owns/{type}/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
            };
            readonly cookie?: never;
        };
        /**
         * Whether this host may run the actor now, under which token, and for how long that holds.
         * @description With `owns: true` the actor is this host's for `holdsMs` more, counted from when the question was
         *     sent: before that is over no other host gets it. Ask again in time, or stop the actor. A fence of this
         *     host does not wait; from then on only the token protects.
         */
        readonly get: operations["ownsActor"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/state": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** This host, its application, its calls, and all that the sidecar knows of the cluster. */
        readonly get: operations["getState"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What happens to this host, as it happens, as server-sent events.
         * @description A stream of `text/event-stream` (HTML Living Standard, "Server-sent events") that does not end by
         *     itself. Each event has a name in `event:` and one line of JSON in `data:`. First comes `state`; then
         *     whatever happens:
         *
         *     | event | data | when |
         *     | --- | --- | --- |
         *     | `state` | StateEvent | first of all |
         *     | `table` | TableEvent | another table answers from now on |
         *     | `gained` | GainedEvent | this host may own more actors of these types than before; also behind `fenced`, when it may run them again |
         *     | `letting_go` | LettingGoEvent | actors of these types leave this host: they are told one by one to the application |
         *     | `fenced` | FencedEvent | this host has to stop its actors of these types at once |
         *
         *     Names that are not listed are to be passed over. A line that begins with `:` comes each 15 s, so that
         *     both sides see that the other one is there. Nothing is repeated: after a break ask anew, and look at
         *     `state`. At most 64 streams are open at a time. One that leaves more than 256 KiB untaken is cut.
         *     All end when the sidecar ends.
         */
        readonly get: operations["streamEvents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/leave": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Hands all actors of this host over, then ends the sidecar.
         * @description Its calls drain, its application is told of each actor that leaves, and the others take over; that takes as
         *     long as rounds of the cluster take. Asked again meanwhile, the same hand-over is waited for. It
         *     goes on when whoever asked does not wait for the answer. The same comes of SIGTERM.
         *
         *     Where that fails the answer is `not_handed_over`, with the reason, and the process ends all the same, with
         *     exit code 1: this host was fenced while it left, because its application had not stopped its actors before
         *     the deadline of the round, say. End what still runs of them.
         */
        readonly post: operations["leave"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/healthz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Would a restart of the sidecar help? 503 when it would. */
        readonly get: operations["healthz"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/readyz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Has it joined, and is the application up? 503 when not, with the reason. */
        readonly get: operations["readyz"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Metrics in the text format of Prometheus. */
        readonly get: operations["metrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/openapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** This document. */
        readonly get: operations["openapiDocument"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly Count: number;
        /** @description Of the table of the namespace. Never goes back within a lineage. */
        readonly Generation: number;
        readonly MaybeGeneration: number | null;
        readonly MaybeMs: number | null;
        readonly MaybeText: string | null;
        /** @description At most 128 bytes of UTF-8. */
        readonly ActorType: string;
        readonly ActorTypes: readonly components["schemas"]["ActorType"][];
        /**
         * @description Fencing token: rises whenever the actor changes hands. Storage that refuses a lower one than it has
         *     seen is safe from a host that has lost the actor without noticing.
         */
        readonly Token: number;
        readonly Placement: {
            /** @description Its name, host:port: where its sidecar takes calls of other sidecars. */
            readonly host: string;
            /** @description What is deployed there. */
            readonly appId: string;
            /** @description Of the table that says so. */
            readonly generation: components["schemas"]["Generation"];
        };
        readonly Ownership: {
            /** @constant */
            readonly owns: true;
            readonly token: components["schemas"]["Token"];
            /** @description Of the table that says so. */
            readonly generation: components["schemas"]["Generation"];
            /** @description For so long from the question on, in ms. */
            readonly holdsMs: number;
        } | {
            /**
             * @description Another host has it, nobody has, or nothing may be run here now.
             * @constant
             */
            readonly owns: false;
        };
        readonly Explanation: {
            /** @description The first 64, in order. */
            readonly steps: readonly {
                /** @description Since the call arrived here, in ms. */
                readonly afterMs: number;
                /**
                 * @description `wait`, `deliver` (to the application here), `forward` (to the sidecar of the owner), `answering`,
                 *     `answer` (a problem of ours), or how an attempt ended: `answered`, `declined` (the other host does not
                 *     own it), `refused` (it was not reached), `lost` (it broke). There may be others.
                 */
                readonly what: string;
                /** @description Why, or the host. */
                readonly detail: components["schemas"]["MaybeText"];
                /** @description Of the table by which it was done. */
                readonly generation: components["schemas"]["MaybeGeneration"];
            }[];
            /** @description Further steps. */
            readonly omitted: components["schemas"]["Count"];
            /** @description How long it has waited here, in ms. */
            readonly waitedMs: number;
            /** @description How often it was sent to another sidecar. */
            readonly hops: components["schemas"]["Count"];
        };
        readonly State: {
            /** @description Whether it has joined and the application, where there is one, is up. */
            readonly ready: boolean;
            /** @description Null of a sidecar that only looks up and calls. */
            readonly host: components["schemas"]["Host"] | null;
            /** @description Null where there is none. */
            readonly application: components["schemas"]["Application"] | null;
            readonly calls: components["schemas"]["Calls"];
            readonly sidecar: components["schemas"]["Sidecar"];
        };
        readonly Host: {
            /** @description host:port, where other sidecars send calls. */
            readonly name: string;
            readonly appId: string;
            /** @description That the application has. */
            readonly types: components["schemas"]["ActorTypes"];
        };
        readonly Application: {
            /**
             * @description `waiting`: it was not up yet. `unhealthy`: it was, and is not well now. Its types are offered to the
             *     cluster only while it is `up`.
             * @enum {string}
             */
            readonly state: "waiting" | "up" | "unhealthy";
            /** @description For how long it has been so, in ms. */
            readonly forMs: components["schemas"]["Count"];
            /** @description Why it is so, or what is wrong all the same; null for nothing. */
            readonly reason: components["schemas"]["MaybeText"];
        };
        /** @description Calls that are not over. */
        readonly Calls: {
            /** @description At the application here. */
            readonly running: components["schemas"]["Count"];
            /** @description For their actor. */
            readonly waiting: components["schemas"]["Count"];
            /** @description At another host. */
            readonly forwarded: components["schemas"]["Count"];
            /** @description Actors that were called here and have not left. */
            readonly actors: components["schemas"]["Count"];
        };
        /** @description What it knows of the cluster, and how it stands with it. */
        readonly Sidecar: {
            /**
             * @description `connecting` to a replica; `waiting` for its turn to be let in; `serving`; `fencing`: the lease is gone, and it
             *     stops what it had; `leaving`: it hands over; `left`.
             * @enum {string}
             */
            readonly phase: "connecting" | "waiting" | "serving" | "fencing" | "leaving" | "left";
            /** @description Why it is out for good: end this process. Else null. */
            readonly broken: components["schemas"]["MaybeText"];
            /** @description Whether this host may run nothing now. */
            readonly isFenced: boolean;
            /** @description What is left of its lease, in ms. */
            readonly leaseLeftMs: components["schemas"]["Count"];
            /** @description Address of the replica that it is attached to. */
            readonly replica: components["schemas"]["MaybeText"];
            /** @description All that are tried. */
            readonly replicas: readonly {
                readonly url: string;
                /** @description Why it was no use last. */
                readonly reason: components["schemas"]["MaybeText"];
            }[];
            /** @description Since a replica said something, in ms; null for never. */
            readonly replicaSilentMs: components["schemas"]["MaybeMs"];
            /**
             * @description `silent`: connected, and no order comes through.
             * @enum {string}
             */
            readonly nats: "down" | "listening" | "silent";
            /** @description Why there is no connection to NATS. */
            readonly natsReason: components["schemas"]["MaybeText"];
            /** @description What NATS does not let it do that it needs. */
            readonly natsForbids: readonly string[];
            /** @description Since the last order over NATS, in ms; null for never. */
            readonly ordersSilentMs: components["schemas"]["MaybeMs"];
            /** @description Its name. */
            readonly cluster: components["schemas"]["MaybeText"];
            readonly namespace: string;
            /** @description Names this history of the cluster. */
            readonly lineage: components["schemas"]["MaybeText"];
            /** @description Names this admission of the host; 0 before. */
            readonly epoch: components["schemas"]["Count"];
            /** @description Of the leader that was heard last. */
            readonly term: components["schemas"]["Count"];
            /** @description Of the table that answers; null before the first. */
            readonly generation: components["schemas"]["MaybeGeneration"];
            /** @description Of that table. */
            readonly digest: components["schemas"]["MaybeText"];
            /** @description Hosts in that table. */
            readonly members: components["schemas"]["Count"];
            /** @description Whether this host is in it. */
            readonly isMember: boolean;
            /** @description For how long it has answered, in ms. */
            readonly tableAgeMs: components["schemas"]["MaybeMs"];
            /** @description That this host is to offer. */
            readonly types: components["schemas"]["ActorTypes"];
            /** @description Why the cluster has not taken these types yet. */
            readonly typesWaiting: components["schemas"]["Reason"] | null;
            /** @description Generation that a running round goes to. */
            readonly movingTo: components["schemas"]["MaybeGeneration"];
            /** @description For how long keys have waited for it, in ms. */
            readonly movingForMs: components["schemas"]["MaybeMs"];
            /** @description Who lets go of keys later than this is removed, in ms from the start of a round. */
            readonly roundDeadlineMs: components["schemas"]["MaybeMs"];
            /** @description Generation of a table that is not here yet. */
            readonly missing: components["schemas"]["MaybeGeneration"];
            /** @description What the admission waits for. */
            readonly waiting: components["schemas"]["Reason"] | null;
            /** @description Why the last session with a replica was refused. */
            readonly failure: components["schemas"]["Reason"] | null;
            /** @description Orders of a leader that no replica has named yet. */
            readonly heldOrders: components["schemas"]["Count"];
            readonly heldOrderBytes: components["schemas"]["Count"];
            /** @description Orders that were ignored, by reason. */
            readonly rejectedOrders: {
                readonly [key: string]: components["schemas"]["Count"];
            };
        };
        readonly Reason: {
            readonly code: string;
            readonly detail: string;
        };
        readonly Left: {
            /** @constant */
            readonly left: true;
        };
        readonly StateEvent: {
            /** @description Name of this host; null where it has none. */
            readonly host: components["schemas"]["MaybeText"];
            /** @description Of the table that answers; null before the first. */
            readonly generation: components["schemas"]["MaybeGeneration"];
            /** @description As `/readyz` says. */
            readonly ready: boolean;
        };
        readonly TableEvent: {
            readonly generation: components["schemas"]["Generation"];
        };
        readonly GainedEvent: {
            readonly generation: components["schemas"]["Generation"];
            readonly types: components["schemas"]["ActorTypes"];
        };
        readonly LettingGoEvent: {
            /** @description That the round goes to; null where it is not known. */
            readonly generation: components["schemas"]["MaybeGeneration"];
            readonly types: components["schemas"]["ActorTypes"];
            /** @description A host that has not let go by then is removed, in ms from the start of the round. */
            readonly deadlineMs: components["schemas"]["Count"];
        };
        readonly FencedEvent: {
            readonly types: components["schemas"]["ActorTypes"];
            /** @description Whether all of this host has to stop. */
            readonly final: boolean;
            /** @description `lease_expired` and such. */
            readonly reason: string;
        };
        readonly Health: {
            /** @constant */
            readonly ok: true;
        };
        readonly Problem: {
            /** @description urn:berth:error: and the code. */
            readonly type: string;
            readonly title: string;
            readonly status: number;
            /** @description What happened here and what to do. */
            readonly detail: string;
            /** @description Stable; one of the list at the head of this document. */
            readonly code: string;
            /** @description Whether the same request can succeed later. */
            readonly retryable: boolean;
            /** @description Each thing that was wrong with the request. */
            readonly errors?: readonly {
                /** @enum {string} */
                readonly in: "path" | "query" | "header" | "body";
                /** @description The name or the JSON pointer. */
                readonly at: string;
                readonly detail: string;
            }[];
        };
        readonly CallProblem: {
            /** @description urn:berth:error: and the code. */
            readonly type: string;
            readonly title: string;
            readonly status: number;
            /** @description What happened here and what to do. */
            readonly detail: string;
            /** @description Stable; one of the list at the head of this document. */
            readonly code: string;
            /** @description Whether the same request can succeed later. */
            readonly retryable: boolean;
            /**
             * @description There when an application may have done what the call asked.
             * @constant
             */
            readonly outcome?: "unknown";
        };
    };
    responses: {
        /**
         * @description The answer of the application, with its status, its headers and its body. Or, with a status of 400 and
         *     above and a `type` that begins with `urn:berth:error:`, what hindered the call.
         */
        readonly CallAnswer: {
            headers: {
                /** @description What happened to the call, if it asked for that with `Berth-Explain: 1`: an Explanation as JSON, in ASCII. */
                readonly "Berth-Explanation"?: string;
                /** @description With a problem of status 503, when to come back, in seconds. */
                readonly "Retry-After"?: number;
                readonly [name: string]: unknown;
            };
            content: {
                readonly "*/*": unknown;
                /**
                 * @example {
                 *       "type": "urn:berth:error:call_lost",
                 *       "title": "The call broke; its outcome is unknown.",
                 *       "status": 502,
                 *       "detail": "A call of Cart/42 broke: the connection ended.",
                 *       "code": "call_lost",
                 *       "retryable": false,
                 *       "outcome": "unknown"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["CallProblem"];
            };
        };
        /** @description What went wrong and what to do (RFC 9457). */
        readonly Problem: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:berth:error:no_owner",
                 *       "title": "No host offers this actor type.",
                 *       "status": 404,
                 *       "detail": "No host of the table has actors of type \"Cart\".",
                 *       "code": "no_owner",
                 *       "retryable": true
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /**
         * @description Percent-encoded; at most 128 bytes of UTF-8.
         * @example Cart
         */
        readonly ActorType: components["schemas"]["ActorType"];
        /**
         * @description Percent-encoded; at most 1 KiB of UTF-8.
         * @example 42
         */
        readonly ActorId: string;
        /**
         * @description Seconds from the arrival of the call until the answer has to begin, such as 2.5. It is carried along
         *     to the application, reduced by what has passed.
         * @example 2.5
         */
        readonly CallTimeout: number;
        /**
         * @description Says that the call may be sent again, whatever its method. The application gets it, and tells by it
         *     what it has done already. An empty one is none.
         */
        readonly IdempotencyKey: string;
        /**
         * @description Whoever calls an actor from within a call passes the `Berth-Chain` on that came with it, as it is. So an
         *     actor that takes one call at a time lets in those that are part of the call that it runs. At most 32 names.
         */
        readonly Chain: string;
        /**
         * @description With `1` the answer has `Berth-Explanation`.
         * @example 1
         */
        readonly Explain: string;
    };
    requestBodies: {
        /** @description Anything, of any length; it goes to the application as it is. */
        readonly Call: {
            readonly content: {
                readonly "*/*": unknown;
            };
        };
    };
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly callGet: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Seconds from the arrival of the call until the answer has to begin, such as 2.5. It is carried along
                 *     to the application, reduced by what has passed.
                 * @example 2.5
                 */
                readonly "Berth-Timeout"?: components["parameters"]["CallTimeout"];
                /**
                 * @description Says that the call may be sent again, whatever its method. The application gets it, and tells by it
                 *     what it has done already. An empty one is none.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description Whoever calls an actor from within a call passes the `Berth-Chain` on that came with it, as it is. So an
                 *     actor that takes one call at a time lets in those that are part of the call that it runs. At most 32 names.
                 */
                readonly "Berth-Chain"?: components["parameters"]["Chain"];
                /**
                 * @description With `1` the answer has `Berth-Explanation`.
                 * @example 1
                 */
                readonly "Berth-Explain"?: components["parameters"]["Explain"];
            };
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
                /**
                 * @description All that is behind the actor, slashes and query included, as it is to arrive. May be empty.
                 * @example items/7?verbose=1
                 */
                readonly path: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly default: components["responses"]["CallAnswer"];
        };
    };
    readonly callPut: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Seconds from the arrival of the call until the answer has to begin, such as 2.5. It is carried along
                 *     to the application, reduced by what has passed.
                 * @example 2.5
                 */
                readonly "Berth-Timeout"?: components["parameters"]["CallTimeout"];
                /**
                 * @description Says that the call may be sent again, whatever its method. The application gets it, and tells by it
                 *     what it has done already. An empty one is none.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description Whoever calls an actor from within a call passes the `Berth-Chain` on that came with it, as it is. So an
                 *     actor that takes one call at a time lets in those that are part of the call that it runs. At most 32 names.
                 */
                readonly "Berth-Chain"?: components["parameters"]["Chain"];
                /**
                 * @description With `1` the answer has `Berth-Explanation`.
                 * @example 1
                 */
                readonly "Berth-Explain"?: components["parameters"]["Explain"];
            };
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
                /**
                 * @description All that is behind the actor, slashes and query included, as it is to arrive. May be empty.
                 * @example items/7?verbose=1
                 */
                readonly path: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: components["requestBodies"]["Call"];
        readonly responses: {
            readonly default: components["responses"]["CallAnswer"];
        };
    };
    readonly callPost: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Seconds from the arrival of the call until the answer has to begin, such as 2.5. It is carried along
                 *     to the application, reduced by what has passed.
                 * @example 2.5
                 */
                readonly "Berth-Timeout"?: components["parameters"]["CallTimeout"];
                /**
                 * @description Says that the call may be sent again, whatever its method. The application gets it, and tells by it
                 *     what it has done already. An empty one is none.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description Whoever calls an actor from within a call passes the `Berth-Chain` on that came with it, as it is. So an
                 *     actor that takes one call at a time lets in those that are part of the call that it runs. At most 32 names.
                 */
                readonly "Berth-Chain"?: components["parameters"]["Chain"];
                /**
                 * @description With `1` the answer has `Berth-Explanation`.
                 * @example 1
                 */
                readonly "Berth-Explain"?: components["parameters"]["Explain"];
            };
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
                /**
                 * @description All that is behind the actor, slashes and query included, as it is to arrive. May be empty.
                 * @example items/7?verbose=1
                 */
                readonly path: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: components["requestBodies"]["Call"];
        readonly responses: {
            readonly default: components["responses"]["CallAnswer"];
        };
    };
    readonly callDelete: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Seconds from the arrival of the call until the answer has to begin, such as 2.5. It is carried along
                 *     to the application, reduced by what has passed.
                 * @example 2.5
                 */
                readonly "Berth-Timeout"?: components["parameters"]["CallTimeout"];
                /**
                 * @description Says that the call may be sent again, whatever its method. The application gets it, and tells by it
                 *     what it has done already. An empty one is none.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description Whoever calls an actor from within a call passes the `Berth-Chain` on that came with it, as it is. So an
                 *     actor that takes one call at a time lets in those that are part of the call that it runs. At most 32 names.
                 */
                readonly "Berth-Chain"?: components["parameters"]["Chain"];
                /**
                 * @description With `1` the answer has `Berth-Explanation`.
                 * @example 1
                 */
                readonly "Berth-Explain"?: components["parameters"]["Explain"];
            };
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
                /**
                 * @description All that is behind the actor, slashes and query included, as it is to arrive. May be empty.
                 * @example items/7?verbose=1
                 */
                readonly path: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: components["requestBodies"]["Call"];
        readonly responses: {
            readonly default: components["responses"]["CallAnswer"];
        };
    };
    readonly callOptions: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Seconds from the arrival of the call until the answer has to begin, such as 2.5. It is carried along
                 *     to the application, reduced by what has passed.
                 * @example 2.5
                 */
                readonly "Berth-Timeout"?: components["parameters"]["CallTimeout"];
                /**
                 * @description Says that the call may be sent again, whatever its method. The application gets it, and tells by it
                 *     what it has done already. An empty one is none.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description Whoever calls an actor from within a call passes the `Berth-Chain` on that came with it, as it is. So an
                 *     actor that takes one call at a time lets in those that are part of the call that it runs. At most 32 names.
                 */
                readonly "Berth-Chain"?: components["parameters"]["Chain"];
                /**
                 * @description With `1` the answer has `Berth-Explanation`.
                 * @example 1
                 */
                readonly "Berth-Explain"?: components["parameters"]["Explain"];
            };
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
                /**
                 * @description All that is behind the actor, slashes and query included, as it is to arrive. May be empty.
                 * @example items/7?verbose=1
                 */
                readonly path: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: components["requestBodies"]["Call"];
        readonly responses: {
            readonly default: components["responses"]["CallAnswer"];
        };
    };
    readonly callHead: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Seconds from the arrival of the call until the answer has to begin, such as 2.5. It is carried along
                 *     to the application, reduced by what has passed.
                 * @example 2.5
                 */
                readonly "Berth-Timeout"?: components["parameters"]["CallTimeout"];
                /**
                 * @description Says that the call may be sent again, whatever its method. The application gets it, and tells by it
                 *     what it has done already. An empty one is none.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description Whoever calls an actor from within a call passes the `Berth-Chain` on that came with it, as it is. So an
                 *     actor that takes one call at a time lets in those that are part of the call that it runs. At most 32 names.
                 */
                readonly "Berth-Chain"?: components["parameters"]["Chain"];
                /**
                 * @description With `1` the answer has `Berth-Explanation`.
                 * @example 1
                 */
                readonly "Berth-Explain"?: components["parameters"]["Explain"];
            };
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
                /**
                 * @description All that is behind the actor, slashes and query included, as it is to arrive. May be empty.
                 * @example items/7?verbose=1
                 */
                readonly path: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly default: components["responses"]["CallAnswer"];
        };
    };
    readonly callPatch: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Seconds from the arrival of the call until the answer has to begin, such as 2.5. It is carried along
                 *     to the application, reduced by what has passed.
                 * @example 2.5
                 */
                readonly "Berth-Timeout"?: components["parameters"]["CallTimeout"];
                /**
                 * @description Says that the call may be sent again, whatever its method. The application gets it, and tells by it
                 *     what it has done already. An empty one is none.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description Whoever calls an actor from within a call passes the `Berth-Chain` on that came with it, as it is. So an
                 *     actor that takes one call at a time lets in those that are part of the call that it runs. At most 32 names.
                 */
                readonly "Berth-Chain"?: components["parameters"]["Chain"];
                /**
                 * @description With `1` the answer has `Berth-Explanation`.
                 * @example 1
                 */
                readonly "Berth-Explain"?: components["parameters"]["Explain"];
            };
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
                /**
                 * @description All that is behind the actor, slashes and query included, as it is to arrive. May be empty.
                 * @example items/7?verbose=1
                 */
                readonly path: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: components["requestBodies"]["Call"];
        readonly responses: {
            readonly default: components["responses"]["CallAnswer"];
        };
    };
    readonly whereIsActor: {
        readonly parameters: {
            readonly query?: {
                /** @description How long to wait at most, in seconds, such as 2.5; 0 for not at all. */
                readonly timeout?: number;
            };
            readonly header?: never;
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Its host. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "host": "10.0.0.5:7999",
                     *       "appId": "shop",
                     *       "generation": 42
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Placement"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly ownsActor: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /**
                 * @description Percent-encoded; at most 128 bytes of UTF-8.
                 * @example Cart
                 */
                readonly type: components["parameters"]["ActorType"];
                /**
                 * @description Percent-encoded; at most 1 KiB of UTF-8.
                 * @example 42
                 */
                readonly id: components["parameters"]["ActorId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Yes, with token; or no. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Ownership"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getState: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description As it is now. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["State"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly streamEvents: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The stream. By the example the host is ready, another table has come, and with it actors. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: state
                     *     data: {"host":"10.0.0.5:7999","generation":42,"ready":true}
                     *
                     *     event: table
                     *     data: {"generation":43}
                     *
                     *     event: gained
                     *     data: {"generation":43,"types":["Cart"]}
                     */
                    readonly "text/event-stream": string;
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly leave: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description All is handed over. The process ends now. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "left": true
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Left"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly healthz: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description This process works. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Health"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly readyz: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Calls for this host can be taken. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Health"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly metrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description All metrics of this process. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly openapiDocument: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OpenAPI 3.1. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly [key: string]: unknown;
                    };
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
}
