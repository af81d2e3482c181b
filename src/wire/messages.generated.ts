// Generated from asyncapi.yaml by `npm run generate`. Do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly Count: number;
        /** @description Of a namespace's table. Never goes back within a lineage. */
        readonly Generation: number;
        /** @description Raft term of the leader that decided this. */
        readonly Term: number;
        /** @description Names one admission of an instance. 0 stands for "not admitted" (observers). */
        readonly Epoch: number;
        /** @description Names this history of the cluster. Another lineage is another history. */
        readonly Lineage: string;
        /** @description A uuid that a host makes at each start. Everybody may know it; it proves nothing. */
        readonly Instance: string;
        /**
         * @description At least 256 random bits that a host makes at each start and tells nobody but replicas, as
         *     base64url or hex. It proves that a later session is of the same instance. A replica keeps
         *     its hash alone.
         */
        readonly Secret: string;
        readonly Digest: string;
        readonly Namespace: string;
        readonly Cluster: string;
        /**
         * @description Address of a host, host:port, as it is told by replicas. The host part is a DNS name, IPv4 or
         *     [IPv6].
         */
        readonly HostName: string;
        /**
         * @description An address as it is told to replicas. It names somebody, and names are compared as texts: each address
         *     has one spelling, and another one is refused. Lower case, no dot at the end, IPv4 as four decimal
         *     numbers, IPv6 as RFC 5952 writes it. `0.0.0.0` and `[::]` are nobody's.
         */
        readonly HostAddress: string;
        /** @description At most 128 bytes of UTF-8. */
        readonly AppId: string;
        /** @description At most 128 bytes of UTF-8. */
        readonly ActorType: string;
        /** @description Versions that one side knows, from the oldest to the newest. */
        readonly VersionRange: {
            readonly oldest: number;
            readonly newest: number;
        };
        /**
         * @description Of the cluster. What alters the ring of a table, its digest or who owns an actor comes with a new
         *     one, which the cluster takes once all replicas and hosts know it. Now 2, which hosts need not know.
         */
        readonly FeatureLevel: number;
        /** @description Small id of a sorted set of actor types, stable within a namespace. */
        readonly TypeSetId: number;
        /** @description Ed25519 public key, raw, 32 bytes as base64url. */
        readonly PublicKey: string;
        /** @description The table that this host applied last and let go for, and the term that ordered it. */
        readonly Acknowledged: {
            readonly term: components["schemas"]["Term"];
            readonly generation: components["schemas"]["Generation"];
            readonly digest: components["schemas"]["Digest"];
        };
        readonly Held: {
            readonly generation: components["schemas"]["Generation"];
            readonly digest: components["schemas"]["Digest"];
        };
        readonly TypeSet: {
            readonly id: components["schemas"]["TypeSetId"];
            /** @description In code point order, no repetition. */
            readonly types: readonly components["schemas"]["ActorType"][];
        };
        readonly TableMember: {
            readonly name: components["schemas"]["HostName"];
            readonly epoch: components["schemas"]["Epoch"];
            readonly appId: components["schemas"]["AppId"];
            readonly types: components["schemas"]["TypeSetId"];
            /**
             * @description Keeps its membership, owns nothing: an operator has cordoned it, or it has withdrawn all its types
             *     (`types` are those before then). Absent means false.
             */
            readonly cordoned?: boolean;
        };
        /**
         * @description What turns the table `from` into the table `to`. From 0 it is the whole table. Members are
         *     sent as they report, never as virtual nodes. What is absent is as in `from`, or empty.
         */
        readonly TableChange: {
            readonly from: components["schemas"]["Generation"];
            readonly to: components["schemas"]["Generation"];
            /** @description Of the table after the change. */
            readonly digest: components["schemas"]["Digest"];
            /** @description Virtual nodes per host. Always in a whole table. */
            readonly factor?: number;
            /** @description That of the table. Always in a whole table. Whoever does not know it takes nothing of the change. */
            readonly level?: components["schemas"]["FeatureLevel"];
            /**
             * @description Name of the hash scheme of the ring. Always in a whole table.
             * @enum {string}
             */
            readonly hash?: "blake2b512-le64";
            /** @description The sets that are new in this change. */
            readonly typeSets?: readonly components["schemas"]["TypeSet"][];
            readonly upserts: readonly components["schemas"]["TableMember"][];
            readonly removes?: readonly components["schemas"]["HostName"][];
        };
        /**
         * @description Whoever loses keys in this round and has not let go of them so many milliseconds after the leader
         *     published its first order is removed.
         */
        readonly RoundDeadline: number;
        readonly RunningRound: {
            readonly term: components["schemas"]["Term"];
            readonly deadlineMs: components["schemas"]["RoundDeadline"];
            readonly change: components["schemas"]["TableChange"];
        };
        /** @description What an instance that was admitted before still holds. */
        readonly Resume: {
            readonly lineage: components["schemas"]["Lineage"];
            readonly epoch: components["schemas"]["Epoch"];
            /** @description Of its last heartbeat. */
            readonly number: components["schemas"]["Count"];
            readonly acknowledged: components["schemas"]["Acknowledged"];
            /** @description The unlocked table that it has; the welcome leaves an equal one out. */
            readonly held: components["schemas"]["Held"];
        };
        /**
         * @description First message of a session. Without `name`, or without types, it is an observer: it looks up
         *     and is on no list, whatever it calls itself.
         *     With `name` it needs `secret`: an admission belongs to the sessions whose hello has the
         *     secret of the hello that was admitted, and words of others about it do not count.
         */
        readonly Hello: {
            /** @constant */
            readonly kind: "hello";
            /** @description Versions of this protocol that the host speaks, now 1 and 2. The highest that both sides know is spoken. */
            readonly protocol: components["schemas"]["VersionRange"];
            /** @description Feature levels that the host knows. Refused when the cluster is at another one. */
            readonly levels: components["schemas"]["VersionRange"];
            /** @description Refused when the cluster has another name. */
            readonly cluster?: components["schemas"]["Cluster"];
            readonly namespace: components["schemas"]["Namespace"];
            readonly instance: components["schemas"]["Instance"];
            readonly secret?: components["schemas"]["Secret"];
            readonly name?: components["schemas"]["HostAddress"];
            readonly appId?: components["schemas"]["AppId"];
            /** @description At most 256, and at most 16,384 bytes of UTF-8 together. */
            readonly types?: readonly components["schemas"]["ActorType"][];
            readonly resume?: components["schemas"]["Resume"];
        };
        /**
         * @description Also the acknowledgement of an order: a heartbeat sent at once. Before the welcome it is sent
         *     with epoch 0 and keeps a waiting hello alive.
         */
        readonly Heartbeat: {
            /** @constant */
            readonly kind: "heartbeat";
            /** @description Empty before the welcome. */
            readonly lineage: string;
            readonly epoch: components["schemas"]["Epoch"];
            /** @description Rises through the life of the instance. */
            readonly number: components["schemas"]["Count"];
            readonly acknowledged: components["schemas"]["Acknowledged"];
            /** @description Whether orders reach this host over NATS now. */
            readonly listening: boolean;
        };
        /** @description Hand everything over, then close. */
        readonly Leave: {
            /** @constant */
            readonly kind: "leave";
            readonly lineage: components["schemas"]["Lineage"];
            readonly epoch: components["schemas"]["Epoch"];
        };
        /** @description This instance ends now and runs nothing any more; its place is kept for its next instance. */
        readonly Bye: {
            /** @constant */
            readonly kind: "bye";
            readonly lineage: components["schemas"]["Lineage"];
            readonly epoch: components["schemas"]["Epoch"];
        };
        /** @description Everything that was held under this epoch has been stopped. */
        readonly Fenced: {
            /** @constant */
            readonly kind: "fenced";
            readonly lineage: components["schemas"]["Lineage"];
            readonly epoch: components["schemas"]["Epoch"];
        };
        /** @description Asks for the disseminated table, at least of `generation`. */
        readonly Get: {
            /** @constant */
            readonly kind: "get";
            readonly generation: components["schemas"]["Generation"];
            /** @description What the asker has; the answer may be the difference. */
            readonly held?: components["schemas"]["Held"];
            /** @description Version of the list of replicas that the asker has: with the answer comes a newer one. */
            readonly registry?: components["schemas"]["Count"];
        };
        /**
         * @description From version 2 of the protocol on: from now on the host offers these types and no others. Its epoch stays;
         *     a round moves the keys of the types that come or go, and no others. None withdraws all: the
         *     host is a member that owns nothing. Each change has a higher `number`; a lower one, or the same again,
         *     changes nothing. Said again until it is answered by `types_taken`, every two seconds or as
         *     `types_waiting` says, and at once to a later leader: it may be lost. From feature level 2 on a hello of this
         *     version never changes the types of a member; without types it keeps the admission that it resumes. A host
         *     that leaves says `leave` behind the welcome.
         */
        readonly Types: {
            /** @constant */
            readonly kind: "types";
            readonly lineage: components["schemas"]["Lineage"];
            readonly epoch: components["schemas"]["Epoch"];
            /** @description Of this change, from 1 on. Rises through the life of the instance. */
            readonly number: number;
            /** @description At most 256, and at most 16,384 bytes of UTF-8 together. */
            readonly types: readonly components["schemas"]["ActorType"][];
        };
        /**
         * @description The log has the types of this number, or of a higher one. They hold for the host once the table of
         *     `generation`, or a later one, is disseminated.
         */
        readonly TypesTaken: {
            /** @constant */
            readonly kind: "types_taken";
            readonly lineage: components["schemas"]["Lineage"];
            readonly epoch: components["schemas"]["Epoch"];
            readonly number: components["schemas"]["Count"];
            readonly generation: components["schemas"]["Generation"];
        };
        /**
         * @description The types of this number are not in the log, and why. `level_too_low`: not all replicas are
         *     upgraded, and nothing was done. Else they are taken later.
         */
        readonly TypesWaiting: {
            /** @constant */
            readonly kind: "types_waiting";
            readonly lineage: components["schemas"]["Lineage"];
            readonly epoch: components["schemas"]["Epoch"];
            readonly number: components["schemas"]["Count"];
            /** @enum {string} */
            readonly code: "level_too_low" | "damped" | "overloaded";
            readonly detail: string;
            /** @description About how long it may take. */
            readonly retryAfterMs: components["schemas"]["Count"];
        };
        /** @description The leader of a term and the key that signs its orders. */
        readonly Leader: {
            /** @constant */
            readonly kind: "leader";
            readonly lineage: components["schemas"]["Lineage"];
            readonly term: components["schemas"]["Term"];
            readonly key: components["schemas"]["PublicKey"];
        };
        /**
         * @description Which replicas the cluster has and where each is reached. Of two lists that of the higher
         *     version is the newer one, within a lineage.
         */
        readonly Registry: {
            readonly version: components["schemas"]["Count"];
            readonly replicas: readonly {
                readonly id: components["schemas"]["Count"];
                /** @description Of its WebSocket; absent while it is not known. */
                readonly url?: string;
                /** @description Signs its answers; absent while it is not known. */
                readonly key?: components["schemas"]["PublicKey"];
            }[];
        };
        /** @description Sent when a replica came, went, moved or has another key. */
        readonly RegistryChanged: {
            /** @constant */
            readonly kind: "registry";
            readonly lineage: components["schemas"]["Lineage"];
            readonly registry: components["schemas"]["Registry"];
        };
        readonly Times: {
            /** @description Send one at least this often. */
            readonly heartbeatMs: components["schemas"]["Count"];
            /** @description Length of the lease of an answered heartbeat. */
            readonly fenceAfterMs: components["schemas"]["Count"];
            /** @description A release must be done within this. */
            readonly roundDeadlineMs: components["schemas"]["Count"];
            /** @description Time between pulses, and between the beacons after a round. */
            readonly beaconMs: components["schemas"]["Count"];
            /** @description Without an answer for this long, try another replica. */
            readonly answerTimeoutMs: components["schemas"]["Count"];
        };
        readonly NatsAddress: {
            readonly servers: readonly string[];
            /** @description Subject of the orders. */
            readonly table: string;
            /** @description Subject of the pulse. */
            readonly pulse: string;
            /** @description Subject of the request. */
            readonly get: string;
        };
        /** @description Admits the session. It gives no lease; the first answered heartbeat does. */
        readonly Welcome: {
            /** @constant */
            readonly kind: "welcome";
            /** @description The version that is spoken from now on. */
            readonly protocol: number;
            readonly cluster: components["schemas"]["Cluster"];
            readonly namespace: components["schemas"]["Namespace"];
            readonly lineage: components["schemas"]["Lineage"];
            readonly epoch: components["schemas"]["Epoch"];
            readonly term: components["schemas"]["Term"];
            readonly key: components["schemas"]["PublicKey"];
            readonly times: components["schemas"]["Times"];
            readonly nats: components["schemas"]["NatsAddress"];
            readonly registry: components["schemas"]["Registry"];
            readonly disseminated: components["schemas"]["Held"];
            /** @description The disseminated table. Absent when the resume holds an equal one. */
            readonly table?: components["schemas"]["TableChange"];
            /** @description The running round, apart from the table. */
            readonly round?: components["schemas"]["RunningRound"];
        };
        /** @description The hello was understood and waits. The session stays open while it heartbeats. */
        readonly Waiting: {
            /** @constant */
            readonly kind: "waiting";
            /** @enum {string} */
            readonly code: "name_taken" | "evicted" | "damped" | "no_leader" | "overloaded" | "outdated";
            readonly detail: string;
            /** @description About how long it may take. */
            readonly retryAfterMs: components["schemas"]["Count"];
        };
        /** @description A heartbeat that a quorum confirmed. It prolongs the lease from when it was sent. */
        readonly Answer: {
            /** @constant */
            readonly kind: "answer";
            readonly lineage: components["schemas"]["Lineage"];
            readonly number: components["schemas"]["Count"];
            readonly term: components["schemas"]["Term"];
            readonly disseminated: components["schemas"]["Generation"];
            /** @description Of the disseminated table; absent when it is the acknowledged one. */
            readonly digest?: components["schemas"]["Digest"];
        };
        /** @description A heartbeat that does not count, and why. `behind` means fetch the disseminated table. */
        readonly Refused: {
            /** @constant */
            readonly kind: "refused";
            readonly lineage: components["schemas"]["Lineage"];
            readonly number: components["schemas"]["Count"];
            /** @enum {string} */
            readonly code: "behind" | "below_floor";
            readonly term: components["schemas"]["Term"];
            readonly disseminated: components["schemas"]["Generation"];
            readonly digest: components["schemas"]["Digest"];
        };
        /** @description Stop everything held under this epoch at once, say `fenced`, then say hello anew. */
        readonly Fence: {
            /** @constant */
            readonly kind: "fence";
            readonly lineage: components["schemas"]["Lineage"];
            readonly epoch: components["schemas"]["Epoch"];
            /** @enum {string} */
            readonly code: "expired" | "evicted" | "straggler" | "replaced" | "unknown_epoch" | "ahead" | "digest_mismatch" | "other_lineage";
        };
        /** @description The hand-over of a leave is finished. */
        readonly Left: {
            /** @constant */
            readonly kind: "left";
            readonly lineage: components["schemas"]["Lineage"];
            readonly epoch: components["schemas"]["Epoch"];
        };
        /**
         * @description The disseminated table, whole or as a difference on the table that the asker holds, in
         *     `parts` parts, and apart from it the running round and the list of replicas, if the asker has
         *     said that it has an older one (in the last part).
         */
        readonly TableAnswer: {
            /** @constant */
            readonly kind: "table";
            readonly namespace: components["schemas"]["Namespace"];
            readonly lineage: components["schemas"]["Lineage"];
            /** @description From 1. */
            readonly part: number;
            readonly parts: number;
            readonly change: components["schemas"]["TableChange"];
            readonly round?: components["schemas"]["RunningRound"];
            readonly registry?: components["schemas"]["Registry"];
        };
        /** @description This replica stops. Connect to another one; nothing else changes. */
        readonly GoElsewhere: {
            /** @constant */
            readonly kind: "go_elsewhere";
        };
        /** @description What was wrong and what to do. The session is closed after it. */
        readonly Failure: {
            /** @constant */
            readonly kind: "error";
            readonly code: string;
            readonly detail: string;
            readonly retryable: boolean;
        };
        /**
         * @description A round from the disseminated generation `from` to the generation `to` begins. States
         *     "disseminated >= from" and nothing else.
         */
        readonly Lock: {
            /** @constant */
            readonly kind: "lock";
            readonly namespace: components["schemas"]["Namespace"];
            readonly lineage: components["schemas"]["Lineage"];
            readonly term: components["schemas"]["Term"];
            readonly from: components["schemas"]["Generation"];
            /** @description Of the table `from`. */
            readonly digest: components["schemas"]["Digest"];
            readonly to: components["schemas"]["Generation"];
            /** @description Type sets of the members that change. */
            readonly touched: readonly components["schemas"]["TypeSetId"][];
        };
        /** @description The difference from the table `change.from` to the table `change.to`, in parts. */
        readonly Update: {
            /** @constant */
            readonly kind: "update";
            readonly namespace: components["schemas"]["Namespace"];
            readonly lineage: components["schemas"]["Lineage"];
            readonly term: components["schemas"]["Term"];
            readonly deadlineMs: components["schemas"]["RoundDeadline"];
            /** @description From 1. */
            readonly part: number;
            readonly parts: number;
            readonly change: components["schemas"]["TableChange"];
        };
        /** @description The round to `generation` is finished and recorded; "disseminated >= generation". */
        readonly Unlock: {
            /** @constant */
            readonly kind: "unlock";
            readonly namespace: components["schemas"]["Namespace"];
            readonly lineage: components["schemas"]["Lineage"];
            readonly term: components["schemas"]["Term"];
            readonly generation: components["schemas"]["Generation"];
            readonly digest: components["schemas"]["Digest"];
        };
        /** @description The leader of this term is there, and NATS carries what it says. States nothing else. */
        readonly Pulse: {
            /** @constant */
            readonly kind: "pulse";
            readonly lineage: components["schemas"]["Lineage"];
            readonly term: components["schemas"]["Term"];
        };
        /**
         * @description "Disseminated >= generation", every few seconds during a round and a few times after it, for
         *     whoever missed an order. A namespace at rest has none: a sidecar learns what it missed from
         *     the next answer to its heartbeat and, without a session, from an answer to a request that a
         *     pulse reminds it of.
         */
        readonly Beacon: {
            /** @constant */
            readonly kind: "beacon";
            readonly namespace: components["schemas"]["Namespace"];
            readonly lineage: components["schemas"]["Lineage"];
            readonly term: components["schemas"]["Term"];
            readonly generation: components["schemas"]["Generation"];
            readonly digest: components["schemas"]["Digest"];
            readonly newest: components["schemas"]["Generation"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
