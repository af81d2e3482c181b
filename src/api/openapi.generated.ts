// Generated from openapi.yaml by `npm run generate`. Do not edit.

export interface paths {
    readonly "/v1/namespaces": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** All namespaces, by name. */
        readonly get: operations["listNamespaces"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        /** One namespace. */
        readonly get: operations["getNamespace"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Forgets a namespace without members.
         * @description An empty namespace goes by itself, unless names in it are cordoned or refused: with this it
         *     goes, and they with it. While it has members, or not everybody may know that it has none,
         *     409. A namespace comes back with its next host; its generations go on rising.
         */
        readonly delete: operations["deleteNamespace"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}/members": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        /**
         * The members of a namespace as last committed, by name.
         * @description With a filter a page can be shorter than `limit`, even empty, and still have a `next`: a page
         *     looks at 10,000 members at most.
         */
        readonly get: operations["listMembers"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}/members/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly name: components["parameters"]["HostName"];
            };
            readonly cookie?: never;
        };
        /** One member. */
        readonly get: operations["getMember"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Evicts a member.
         * @description Removes it by a commit made at once. Its keys move when it has said that it stopped, or when
         *     its lease is surely over, so that this is safe for a half-dead host. For `refuseMs` from then
         *     on the name is not admitted again, unless the refusal is lifted.
         */
        readonly delete: operations["evictMember"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}/members/{name}/refusal": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly name: components["parameters"]["HostName"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Lets an evicted name come back at once.
         * @description Of a name that is not refused it changes nothing.
         */
        readonly delete: operations["liftRefusal"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}/refusals": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        /**
         * The evicted names that are not admitted now, and for how much longer, by name.
         * @description A page can be shorter than `limit`, even empty, and still have a `next`: refusals that are
         *     over are in the log for a while.
         */
        readonly get: operations["listRefusals"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}/members/{name}/cordon": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly name: components["parameters"]["HostName"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Takes a host's share of the ring away and leaves it its membership.
         * @description By name; it outlives restarts of the host. Cordoning twice changes nothing.
         */
        readonly post: operations["cordonMember"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}/members/{name}/uncordon": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly name: components["parameters"]["HostName"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Gives a cordoned host its share of the ring back. */
        readonly post: operations["uncordonMember"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}/table": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        /**
         * The placement table.
         * @description The last disseminated generation, which is what sidecars answer by; `committed` is the
         *     newest. `generation` asks for another one, up to the newest; past ones are rebuilt from the
         *     events.
         */
        readonly get: operations["getTable"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}/types/{type}/table": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly type: components["parameters"]["ActorType"];
            };
            readonly cookie?: never;
        };
        /** The hosts of one actor type in the last disseminated table. */
        readonly get: operations["getTypeTable"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}/diff": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        /** What differs between the tables of two generations. */
        readonly get: operations["getDiff"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/namespaces/{namespace}/actors/{type}/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly type: components["parameters"]["ActorType"];
                /** @description Percent-encoded; at most 1 KiB of UTF-8. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        /**
         * Which host runs this actor, and why.
         * @description By the last disseminated table. `moving` says whether the running round, if there is one,
         *     gives the actor to somebody else.
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
    readonly "/v1/namespaces/{namespace}/rounds": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        /** The running round and the recent ones, with their stragglers. */
        readonly get: operations["getRounds"];
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
         * What the log did, event by event.
         * @description A gap, left by an installed snapshot, by a recovery or by retention, is shown as an event of
         *     kind `gap`, whatever the filters say.
         */
        readonly get: operations["listEvents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/cluster": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The cluster and its replicas, as this replica knows them.
         * @description Answered in any case, also while nobody leads: `confirmed` says whether it is as new as
         *     `consistency` asks for.
         */
        readonly get: operations["getCluster"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/cluster/replicas": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Adds a replica.
         * @description As a learner, which receives everything and has no vote, or as a voter. A voter starts as a
         *     learner and is promoted by the leader when it has caught up. The id must be new for ever. A
         *     request that was done already is done again without a change.
         *
         *     For a member that is what `membership` says, `peer` is its new address, which all replicas
         *     are told: `changed` is false if they know it. What the replica says of itself, as soon as it
         *     reaches the leader, takes the place of that.
         */
        readonly post: operations["addReplica"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/cluster/replicas/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["parameters"]["ReplicaId"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Removes a replica, the leader included. Its id is never used again.
         * @description `changed` is false if it was removed already.
         */
        readonly delete: operations["removeReplica"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/cluster/replicas/{id}/promote": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["parameters"]["ReplicaId"];
            };
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Makes a learner that has caught up a voter.
         * @description `changed` is false if it is a voter already.
         */
        readonly post: operations["promoteReplica"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/cluster/changes": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Changes several replicas at once.
         * @description All or nothing, through a joint configuration: until it is left, majorities of both the old and
         *     the new voters decide. A learner that is to vote must have caught up; a new voter begins as a
         *     learner, as when it is added alone. What is so already is left as it is. The `peer` of a member
         *     is its new address, as when it is added again; that is written first, and by itself.
         */
        readonly post: operations["changeReplicas"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/cluster/changes/leave": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Leaves a joint configuration that was entered with `explicit`. */
        readonly post: operations["leaveJoint"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/cluster/transfer": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Hands leadership over. */
        readonly post: operations["transferLeadership"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/cluster/snapshot": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Makes the replica that is asked snapshot its state now.
         * @description Never forwarded. `index` and `term` name the snapshot.
         */
        readonly post: operations["takeSnapshot"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/settings": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The settings of the cluster. */
        readonly get: operations["getSettings"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        /**
         * Changes some settings.
         * @description Fields that are left out stay. A change of `factor` is a new generation in each namespace.
         *     Times that would let two hosts own one actor are refused, with the inequality that fails.
         */
        readonly patch: operations["changeSettings"];
        readonly trace?: never;
    };
    readonly "/livez": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Would a restart help? 503 when it would.
         * @description Answered under any `Host`; under a foreign name without checks and reasons.
         */
        readonly get: operations["livez"];
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
        /**
         * Can this replica serve now? 503 when it cannot.
         * @description Quorum known, database writable, NATS up and allowing what is needed. Answered under any `Host`; under
         *     a foreign name without checks and reasons.
         */
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
        /**
         * Metrics in the text format of Prometheus.
         * @description Answered under any `Host`; under a foreign name without those of single namespaces.
         */
        readonly get: operations["metrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/openapi.json": {
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
    readonly "/asyncapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The messages of WebSocket and NATS. */
        readonly get: operations["asyncapiDocument"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** A page with links, for people. */
        readonly get: operations["welcomePage"];
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
        /** @description Of a namespace's table. Never goes back within a lineage. */
        readonly Generation: number;
        /** @description Position in the Raft log. */
        readonly LogIndex: number;
        /** @description Raft term. */
        readonly Term: number;
        /** @description Names one admission of an instance. */
        readonly Epoch: number;
        readonly ReplicaId: number;
        /** @description Names this history of the cluster. Another lineage is another history. */
        readonly Lineage: string;
        readonly Digest: string;
        readonly Namespace: string;
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
        /** @description Where other replicas reach one: as a HostAddress, and a `_` may stand in it, as in names that Docker gives. */
        readonly PeerAddress: string;
        /** @description At most 128 bytes of UTF-8. */
        readonly AppId: string;
        /** @description At most 128 bytes of UTF-8. */
        readonly ActorType: string;
        /** @description RFC 3339 in UTC. */
        readonly Time: string;
        /** @description A 64-bit number, in decimal. */
        readonly Hash: string;
        /** @description Cursor of the next page; null on the last. */
        readonly Next: string | null;
        readonly NamespaceState: {
            readonly name: components["schemas"]["Namespace"];
            /** @description The last disseminated. */
            readonly generation: components["schemas"]["Generation"];
            /** @description The newest. Above `generation` while a round runs. */
            readonly committed: components["schemas"]["Generation"];
            /** @description Of the disseminated table. */
            readonly digest: components["schemas"]["Digest"];
            /** @description Members as committed. */
            readonly members: components["schemas"]["Count"];
        };
        readonly NamespaceList: {
            readonly items: readonly components["schemas"]["NamespaceState"][];
            readonly next: components["schemas"]["Next"];
        };
        readonly Member: {
            readonly name: components["schemas"]["HostName"];
            /** @description The uuid of this run of the host. */
            readonly instance: string;
            readonly appId: components["schemas"]["AppId"];
            /** @description That it offers now; none where it has withdrawn them. */
            readonly types: readonly components["schemas"]["ActorType"][];
            readonly epoch: components["schemas"]["Epoch"];
            /** @description The newest feature level that it knows. */
            readonly level: number;
            /** @description The first that had it under this epoch. */
            readonly generation: components["schemas"]["Generation"];
            readonly admittedAt: components["schemas"]["Time"];
            /** @description By an operator. */
            readonly cordoned: boolean;
            /** @description Whether the disseminated table has this member under this epoch. */
            readonly disseminated: boolean;
        };
        readonly MemberList: {
            readonly generation: components["schemas"]["Generation"];
            readonly committed: components["schemas"]["Generation"];
            readonly items: readonly components["schemas"]["Member"][];
            readonly next: components["schemas"]["Next"];
        };
        readonly Refusal: {
            readonly name: components["schemas"]["HostName"];
            /** @description How much longer the name is refused, in ms. */
            readonly leftMs: components["schemas"]["Count"];
        };
        readonly RefusalList: {
            readonly items: readonly components["schemas"]["Refusal"][];
            readonly next: components["schemas"]["Next"];
        };
        readonly TypeSet: {
            readonly id: number;
            readonly types: readonly components["schemas"]["ActorType"][];
        };
        readonly TableMember: {
            readonly name: components["schemas"]["HostName"];
            readonly epoch: components["schemas"]["Epoch"];
            readonly appId: components["schemas"]["AppId"];
            /** @description Id of a type set of this answer. */
            readonly types: number;
            /** @description A member that owns nothing: by an operator, or because it has withdrawn its types. */
            readonly cordoned: boolean;
        };
        readonly Table: {
            readonly namespace: components["schemas"]["Namespace"];
            readonly lineage: components["schemas"]["Lineage"];
            /** @description Of this table. */
            readonly generation: components["schemas"]["Generation"];
            /** @description The last generation that every host has. */
            readonly disseminated: components["schemas"]["Generation"];
            /** @description The newest generation. */
            readonly committed: components["schemas"]["Generation"];
            /** @description Of this table; asyncapi.yaml says how it is made. */
            readonly digest: components["schemas"]["Digest"];
            /** @description Virtual nodes per host. */
            readonly factor: number;
            /** @description Feature level that its ring and its digest are of. */
            readonly level: number;
            /** @description Name of the hash scheme of the ring. */
            readonly hash: string;
            readonly typeSets: readonly components["schemas"]["TypeSet"][];
            /** @description By name. */
            readonly members: readonly components["schemas"]["TableMember"][];
        };
        readonly TypeTable: {
            readonly namespace: components["schemas"]["Namespace"];
            readonly type: components["schemas"]["ActorType"];
            readonly lineage: components["schemas"]["Lineage"];
            readonly generation: components["schemas"]["Generation"];
            readonly committed: components["schemas"]["Generation"];
            /** @description Virtual nodes per host. */
            readonly factor: number;
            /** @description By name. Those that are cordoned own nothing. */
            readonly hosts: readonly components["schemas"]["Owner"][];
        };
        readonly Owner: {
            readonly host: components["schemas"]["HostName"];
            readonly appId: components["schemas"]["AppId"];
            readonly epoch: components["schemas"]["Epoch"];
            readonly cordoned: boolean;
        };
        readonly DiffMember: {
            readonly name: components["schemas"]["HostName"];
            readonly epoch: components["schemas"]["Epoch"];
            readonly appId: components["schemas"]["AppId"];
            readonly types: readonly components["schemas"]["ActorType"][];
            readonly cordoned: boolean;
        };
        readonly Diff: {
            readonly namespace: components["schemas"]["Namespace"];
            readonly lineage: components["schemas"]["Lineage"];
            readonly from: components["schemas"]["Generation"];
            readonly to: components["schemas"]["Generation"];
            readonly factor: {
                readonly from: number;
                readonly to: number;
            };
            readonly added: readonly components["schemas"]["DiffMember"][];
            readonly removed: readonly components["schemas"]["DiffMember"][];
            readonly changed: readonly {
                readonly before: components["schemas"]["DiffMember"];
                readonly after: components["schemas"]["DiffMember"];
            }[];
        };
        readonly RingPosition: {
            readonly owner: components["schemas"]["Owner"];
            /** @description The first one at or above the actor's hash, or the first of all. */
            readonly virtualNode: {
                readonly hash: components["schemas"]["Hash"];
                /** @description It is hash(host name + this number). */
                readonly index: components["schemas"]["Count"];
            };
            /** @description Hosts on this type's ring. */
            readonly hosts: components["schemas"]["Count"];
            /** @description Size of this type's ring. */
            readonly virtualNodes: components["schemas"]["Count"];
            /** @description Of the table that the ring is made from. */
            readonly generation: components["schemas"]["Generation"];
        };
        readonly ActorPlacement: {
            readonly namespace: components["schemas"]["Namespace"];
            readonly type: components["schemas"]["ActorType"];
            readonly id: string;
            readonly lineage: components["schemas"]["Lineage"];
            /** @description The disseminated one that answers. */
            readonly generation: components["schemas"]["Generation"];
            readonly committed: components["schemas"]["Generation"];
            /** @description Of the actor's id. */
            readonly hash: components["schemas"]["Hash"];
            /** @description Null when nobody owns it yet and the running round gives it an owner. */
            readonly placement: components["schemas"]["RingPosition"] | null;
            /** @description Null when the committed table gives it to the same host and epoch. */
            readonly moving: null | {
                /** @description Its place in the committed table; null when nobody will own it. */
                readonly to: components["schemas"]["RingPosition"] | null;
            };
        };
        readonly Straggler: {
            readonly name: components["schemas"]["HostName"];
            readonly epoch: components["schemas"]["Epoch"];
        };
        readonly WaitedFor: {
            readonly name: components["schemas"]["HostName"];
            readonly epoch: components["schemas"]["Epoch"];
            /** @description Only these can hold the round beyond its deadline. True for a moment at its start as well, until it is known who loses keys. */
            readonly losesKeys: boolean;
        };
        readonly RunningRound: {
            readonly term: components["schemas"]["Term"];
            readonly from: components["schemas"]["Generation"];
            readonly to: components["schemas"]["Generation"];
            /** @description Since this leader's first publication. */
            readonly elapsedMs: components["schemas"]["Count"];
            /** @description From its start, in ms. */
            readonly deadlineMs: components["schemas"]["Count"];
            /** @description Length of the wait list. */
            readonly hosts: components["schemas"]["Count"];
            readonly acknowledged: components["schemas"]["Count"];
            /** @description The first hundred. */
            readonly waitingFor: readonly components["schemas"]["WaitedFor"][];
        };
        readonly FinishedRound: {
            readonly term: components["schemas"]["Term"];
            readonly from: components["schemas"]["Generation"];
            readonly to: components["schemas"]["Generation"];
            readonly finishedAt: components["schemas"]["Time"];
            readonly durationMs: components["schemas"]["Count"];
            /** @description Length of the wait list. */
            readonly hosts: components["schemas"]["Count"];
            /** @description Who was removed at the deadline. */
            readonly stragglers: readonly components["schemas"]["Straggler"][];
        };
        readonly Rounds: {
            readonly namespace: components["schemas"]["Namespace"];
            /** @description The last disseminated. */
            readonly generation: components["schemas"]["Generation"];
            readonly committed: components["schemas"]["Generation"];
            readonly running: components["schemas"]["RunningRound"] | null;
            /** @description Newest first; those that the present leader has run. */
            readonly recent: readonly components["schemas"]["FinishedRound"][];
        };
        readonly Event: {
            readonly index: components["schemas"]["LogIndex"];
            /** @description Among the events of its log entry. */
            readonly position: components["schemas"]["Count"];
            readonly namespace: string | null;
            readonly generation: number | null;
            readonly kind: string;
            readonly member: string | null;
            readonly reason: string | null;
            readonly at: components["schemas"]["Time"];
            /** @description What else there is to know; its shape depends on the kind. */
            readonly detail: unknown;
        };
        readonly EventList: {
            readonly items: readonly components["schemas"]["Event"][];
            readonly next: components["schemas"]["Next"];
        };
        readonly Postgres: {
            /** @description Whether the last write came through. */
            readonly writable: boolean;
            readonly version: string | null;
            /** @description Time of the last commit, in ms. */
            readonly commitMs: number | null;
        };
        readonly VersionRange: {
            readonly oldest: number;
            readonly newest: number;
        };
        readonly Replica: {
            readonly id: components["schemas"]["ReplicaId"];
            /**
             * @description `unknown` when it was not heard from.
             * @enum {string}
             */
            readonly role: "leader" | "follower" | "candidate" | "stopped" | "unknown";
            /**
             * @description `leaving`: a voter of the outgoing half of a joint configuration.
             * @enum {string}
             */
            readonly membership: "voter" | "learner" | "leaving";
            readonly term: number | null;
            /** @description Commit index. */
            readonly commit: number | null;
            /** @description Index of the last entry that its state machine applied. */
            readonly applied: number | null;
            /** @description Entries that it is behind the leader's commit index. */
            readonly lag: number | null;
            /** @description Of its state at `applied`. */
            readonly digest: string | null;
            /** @description How long ago this replica heard from it, in ms; 0 for itself. */
            readonly lastContactMs: number | null;
            /** @description Of Berth. */
            readonly version: string | null;
            /** @description Feature levels that it knows. */
            readonly levels: components["schemas"]["VersionRange"] | null;
            readonly postgres: components["schemas"]["Postgres"] | null;
            readonly addresses: {
                /** @description Of REST and WebSocket, as a URL. */
                readonly api: string | null;
                /** @description host:port for other replicas. */
                readonly peer: string | null;
            };
        };
        readonly Alarm: {
            readonly code: string;
            readonly replica: components["schemas"]["ReplicaId"] | null;
            readonly detail: string;
        };
        /** @description What a replica knows of all replicas. */
        readonly ClusterStatus: {
            readonly answeredBy: components["schemas"]["ReplicaId"];
            readonly leader: components["schemas"]["ReplicaId"] | null;
            readonly term: components["schemas"]["Term"];
            /**
             * @description Feature level: what came with a later one is not done yet. It rises once all replicas know a
             *     later one, and all hosts where it concerns them, as far as the setting `levelMax` allows.
             */
            readonly level: {
                readonly active: number;
                /** @description Who keeps it from the newest level that some replica knows; empty when nobody does. */
                readonly waitsFor: readonly string[];
            };
            /** @description By id. */
            readonly replicas: readonly components["schemas"]["Replica"][];
            /** @description What an operator must look at. */
            readonly alarms: readonly components["schemas"]["Alarm"][];
        };
        readonly Cluster: {
            /** @description Null before it has begun. */
            readonly name: string | null;
            /** @description Null before it has begun. */
            readonly lineage: components["schemas"]["Lineage"] | null;
            /**
             * @description Whether it is as new as `consistency` asks for. False while nobody leads, and for `stale`:
             *     then it is what this replica knows by itself.
             */
            readonly confirmed: boolean;
            readonly settings: components["schemas"]["Settings"];
            readonly status: components["schemas"]["ClusterStatus"];
        };
        readonly NewReplica: {
            readonly id: components["schemas"]["ReplicaId"];
            /** @description Where other replicas reach it. */
            readonly peer: components["schemas"]["PeerAddress"];
            /**
             * @default voter
             * @enum {string}
             */
            readonly membership: "voter" | "learner";
        };
        readonly ReplicaChanges: {
            readonly changes: readonly {
                readonly id: components["schemas"]["ReplicaId"];
                /**
                 * @description What it shall be.
                 * @enum {string}
                 */
                readonly membership: "voter" | "learner" | "none";
                /** @description Where other replicas reach it, if it is new or has moved. */
                readonly peer?: components["schemas"]["PeerAddress"];
            }[];
            /**
             * @description Who leaves the joint configuration: `auto`, the leader, where there is need of one; `implicit`, the
             *     leader, and there is always one; `explicit`, whoever asks for it.
             * @default auto
             * @enum {string}
             */
            readonly leave: "auto" | "implicit" | "explicit";
        };
        readonly Transfer: {
            /** @description Not given, the best one. */
            readonly to?: components["schemas"]["ReplicaId"];
        };
        readonly Settings: {
            /** @description Virtual nodes per host on the ring. */
            readonly factor: number;
            /** @description A host says a heartbeat at least this often. */
            readonly heartbeatMs: number;
            /** @description Length of a host's lease from the sending of an answered heartbeat. */
            readonly fenceAfterMs: number;
            /** @description After this long without an answer a member is removed. */
            readonly hostTimeoutMs: number;
            /** @description What the leader adds to `fenceAfterMs` before it counts a host as past its fence. */
            readonly fenceMarginMs: number;
            /** @description A round's stragglers are removed this long after its first publication. */
            readonly roundDeadlineMs: number;
            /** @description Changes within this time after a round make one next round. */
            readonly coalesceMs: number;
            /** @description Time between beacons. */
            readonly beaconMs: number;
            /** @description Admissions of a name within a minute before the next one waits; 0 switches damping off. */
            readonly admissionsPerMinuteMax: number;
            /** @description The feature level of the cluster rises as far as this once all know it; 65535 allows every one. */
            readonly levelMax: number;
            /** @description Bound on the drift of clock rates, in parts per million. */
            readonly driftPpm: number;
        };
        readonly SettingsChange: {
            /** @description Virtual nodes per host on the ring. */
            readonly factor?: number;
            /** @description A host says a heartbeat at least this often. */
            readonly heartbeatMs?: number;
            /** @description Length of a host's lease from the sending of an answered heartbeat. */
            readonly fenceAfterMs?: number;
            /** @description After this long without an answer a member is removed. */
            readonly hostTimeoutMs?: number;
            /** @description What the leader adds to `fenceAfterMs` before it counts a host as past its fence. */
            readonly fenceMarginMs?: number;
            /** @description A round's stragglers are removed this long after its first publication. */
            readonly roundDeadlineMs?: number;
            /** @description Changes within this time after a round make one next round. */
            readonly coalesceMs?: number;
            /** @description Time between beacons. */
            readonly beaconMs?: number;
            /** @description Admissions of a name within a minute before the next one waits; 0 switches damping off. */
            readonly admissionsPerMinuteMax?: number;
            /** @description The feature level of the cluster rises as far as this once all know it; 65535 allows every one. */
            readonly levelMax?: number;
            /** @description Bound on the drift of clock rates, in parts per million. */
            readonly driftPpm?: number;
        };
        readonly Done: {
            /** @description Log index at which it took effect. */
            readonly index: components["schemas"]["LogIndex"];
            readonly term: components["schemas"]["Term"];
            /** @description False when there was nothing to do. */
            readonly changed: boolean;
            /** @description The namespace's newest generation after it; null where there is none. */
            readonly generation: number | null;
        };
        readonly Check: {
            readonly name: string;
            readonly ok: boolean;
            readonly detail: string;
        };
        readonly Health: {
            /** @constant */
            readonly ok: true;
            readonly checks?: readonly components["schemas"]["Check"][];
        };
        readonly Problem: {
            /** @description urn:berth:error: and the code. */
            readonly type: string;
            readonly title: string;
            readonly status: number;
            /** @description What happened here and what to do. */
            readonly detail: string;
            /** @description Stable; docs/errors.md explains each. */
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
            /** @description With `not_leader`, whom to ask; null when no leader is known. */
            readonly leader?: null | {
                readonly id: components["schemas"]["ReplicaId"];
                /** @description URL of its REST. */
                readonly address: string | null;
            };
            /** @description With a failed probe. */
            readonly checks?: readonly components["schemas"]["Check"][];
        };
    };
    responses: {
        /** @description As the ETag says, nothing has changed. */
        readonly NotModified: {
            headers: {
                readonly [name: string]: unknown;
            };
            content?: never;
        };
        /** @description What went wrong and what to do (RFC 9457). */
        readonly Problem: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        readonly Namespace: components["schemas"]["Namespace"];
        readonly HostName: components["schemas"]["HostAddress"];
        readonly ActorType: components["schemas"]["ActorType"];
        readonly ReplicaId: components["schemas"]["ReplicaId"];
        /**
         * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
         *     `consistent`: confirmed by a quorum after the request came in.
         */
        readonly Consistency: "stale" | "default" | "consistent";
        /** @description Most items on a page. */
        readonly Limit: number;
        /** @description `next` of the page before, with the same other parameters. */
        readonly Cursor: string;
        /** @description Lists each check by name. */
        readonly Verbose: "" | "true" | "1" | "false" | "0";
        /**
         * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
         *     forwarding.
         */
        readonly Forward: boolean;
        /**
         * @description 1 to 128 visible ASCII characters. A retry with the same key does nothing more and gets the
         *     first result.
         */
        readonly IdempotencyKey: string;
        /** @description The ETag of an earlier answer. */
        readonly IfNoneMatch: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly listNamespaces: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
                /** @description Most items on a page. */
                readonly limit?: components["parameters"]["Limit"];
                /** @description `next` of the page before, with the same other parameters. */
                readonly cursor?: components["parameters"]["Cursor"];
            };
            readonly header?: {
                /** @description The ETag of an earlier answer. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of namespaces. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["NamespaceList"];
                };
            };
            readonly 304: components["responses"]["NotModified"];
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getNamespace: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
            };
            readonly header?: {
                /** @description The ETag of an earlier answer. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Its generations and how much is in it. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["NamespaceState"];
                };
            };
            readonly 304: components["responses"]["NotModified"];
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly deleteNamespace: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: {
                /**
                 * @description 1 to 128 visible ASCII characters. A retry with the same key does nothing more and gets the
                 *     first result.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Committed and applied. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly listMembers: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
                /** @description Most items on a page. */
                readonly limit?: components["parameters"]["Limit"];
                /** @description `next` of the page before, with the same other parameters. */
                readonly cursor?: components["parameters"]["Cursor"];
                /** @description Only members that offer this actor type. */
                readonly type?: components["schemas"]["ActorType"];
                /** @description Only members of this app. */
                readonly appId?: components["schemas"]["AppId"];
                /** @description Only members that are, or are not, cordoned. */
                readonly cordoned?: boolean;
            };
            readonly header?: {
                /** @description The ETag of an earlier answer. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of members. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["MemberList"];
                };
            };
            readonly 304: components["responses"]["NotModified"];
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getMember: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
            };
            readonly header?: {
                /** @description The ETag of an earlier answer. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly name: components["parameters"]["HostName"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The member as last committed. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Member"];
                };
            };
            readonly 304: components["responses"]["NotModified"];
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly evictMember: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
                /** @description How long the name is refused, in ms. 0 lets it come back at once. */
                readonly refuseMs?: number;
            };
            readonly header?: {
                /**
                 * @description 1 to 128 visible ASCII characters. A retry with the same key does nothing more and gets the
                 *     first result.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly name: components["parameters"]["HostName"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Committed and applied. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly liftRefusal: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: {
                /**
                 * @description 1 to 128 visible ASCII characters. A retry with the same key does nothing more and gets the
                 *     first result.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly name: components["parameters"]["HostName"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Committed and applied. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly listRefusals: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
                /** @description Most items on a page. */
                readonly limit?: components["parameters"]["Limit"];
                /** @description `next` of the page before, with the same other parameters. */
                readonly cursor?: components["parameters"]["Cursor"];
            };
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of names. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RefusalList"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly cordonMember: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: {
                /**
                 * @description 1 to 128 visible ASCII characters. A retry with the same key does nothing more and gets the
                 *     first result.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly name: components["parameters"]["HostName"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Committed and applied. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly uncordonMember: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: {
                /**
                 * @description 1 to 128 visible ASCII characters. A retry with the same key does nothing more and gets the
                 *     first result.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly name: components["parameters"]["HostName"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Committed and applied. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getTable: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
                /** @description Not given, the last disseminated. */
                readonly generation?: components["schemas"]["Generation"];
            };
            readonly header?: {
                /** @description The ETag of an earlier answer. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Members, never virtual nodes. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Table"];
                };
            };
            readonly 304: components["responses"]["NotModified"];
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getTypeTable: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
            };
            readonly header?: {
                /** @description The ETag of an earlier answer. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly type: components["parameters"]["ActorType"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Its hosts, by name. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TypeTable"];
                };
            };
            readonly 304: components["responses"]["NotModified"];
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getDiff: {
        readonly parameters: {
            readonly query: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
                readonly from: components["schemas"]["Generation"];
                /** @description Not below `from`. Not given, the newest. */
                readonly to?: components["schemas"]["Generation"];
            };
            readonly header?: {
                /** @description The ETag of an earlier answer. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Members added, removed and changed. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Diff"];
                };
            };
            readonly 304: components["responses"]["NotModified"];
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly whereIsActor: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
            };
            readonly header?: {
                /** @description The ETag of an earlier answer. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
                readonly type: components["parameters"]["ActorType"];
                /** @description Percent-encoded; at most 1 KiB of UTF-8. */
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The owner, and how it follows from the ring. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActorPlacement"];
                };
            };
            readonly 304: components["responses"]["NotModified"];
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getRounds: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
            };
            readonly header?: never;
            readonly path: {
                readonly namespace: components["parameters"]["Namespace"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description As the leader sees them. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Rounds"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly listEvents: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
                /** @description Most items on a page. */
                readonly limit?: components["parameters"]["Limit"];
                /** @description `next` of the page before, with the same other parameters. */
                readonly cursor?: components["parameters"]["Cursor"];
                readonly order?: "newest" | "oldest";
                readonly namespace?: components["schemas"]["Namespace"];
                readonly kind?: string;
                readonly member?: components["schemas"]["HostAddress"];
                /** @description Only events of log entries at or above this index. */
                readonly fromIndex?: components["schemas"]["LogIndex"];
                /** @description Only events of log entries at or below this index. */
                readonly toIndex?: components["schemas"]["LogIndex"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of events. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["EventList"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getCluster: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Who is in it, who leads, how far each one is. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Cluster"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly addReplica: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewReplica"];
            };
        };
        readonly responses: {
            /** @description The change is committed and active. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly removeReplica: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: never;
            readonly path: {
                readonly id: components["parameters"]["ReplicaId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The change is committed and active. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly promoteReplica: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: never;
            readonly path: {
                readonly id: components["parameters"]["ReplicaId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The change is committed and active. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly changeReplicas: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ReplicaChanges"];
            };
        };
        readonly responses: {
            /** @description The change is committed and active; the joint configuration may still stand. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly leaveJoint: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The new voters alone decide. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly transferLeadership: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["Transfer"];
            };
        };
        readonly responses: {
            /** @description Another replica leads; `changed` is false if it was the leader already. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly takeSnapshot: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The snapshot is durable; `changed` is false if there was nothing new. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly getSettings: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `stale`: what this replica has; `default`: no older than the leader's state under its lease;
                 *     `consistent`: confirmed by a quorum after the request came in.
                 */
                readonly consistency?: components["parameters"]["Consistency"];
            };
            readonly header?: {
                /** @description The ETag of an earlier answer. */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description All of them, as committed. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Settings"];
                };
            };
            readonly 304: components["responses"]["NotModified"];
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly changeSettings: {
        readonly parameters: {
            readonly query?: {
                /**
                 * @description `false`: a replica that is not the leader answers 421 with the leader's address instead of
                 *     forwarding.
                 */
                readonly forward?: components["parameters"]["Forward"];
            };
            readonly header?: {
                /**
                 * @description 1 to 128 visible ASCII characters. A retry with the same key does nothing more and gets the
                 *     first result.
                 */
                readonly "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["SettingsChange"];
            };
        };
        readonly responses: {
            /** @description Committed and applied. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Done"];
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
    readonly livez: {
        readonly parameters: {
            readonly query?: {
                /** @description Lists each check by name. */
                readonly verbose?: components["parameters"]["Verbose"];
            };
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
            readonly query?: {
                /** @description Lists each check by name. */
                readonly verbose?: components["parameters"]["Verbose"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description All checks pass. */
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
    readonly asyncapiDocument: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description AsyncAPI 3.0. */
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
    readonly welcomePage: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Self-contained HTML. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/html": string;
                };
            };
            readonly default: components["responses"]["Problem"];
        };
    };
}
