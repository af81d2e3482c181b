// Generated from asyncapi.yaml by `npm run generate`. Do not edit.

export const schemas: Readonly<Record<string, object>> = {
  "Count": {
    "type": "integer",
    "minimum": 0,
    "maximum": 9007199254740991
  },
  "Generation": {
    "description": "Of a namespace's table. Never goes back within a lineage.",
    "type": "integer",
    "minimum": 0,
    "maximum": 9007199254740991
  },
  "Term": {
    "description": "Raft term of the leader that decided this.",
    "type": "integer",
    "minimum": 0,
    "maximum": 9007199254740991
  },
  "Epoch": {
    "description": "Names one admission of an instance. 0 stands for \"not admitted\" (observers).",
    "type": "integer",
    "minimum": 0,
    "maximum": 9007199254740991
  },
  "Lineage": {
    "description": "Names this history of the cluster. Another lineage is another history.",
    "type": "string",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "x-form": "of a uuid in lower case"
  },
  "Instance": {
    "description": "A uuid that a host makes at each start. Everybody may know it; it proves nothing.",
    "type": "string",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "x-form": "of a uuid in lower case"
  },
  "Secret": {
    "description": "At least 256 random bits that a host makes at each start and tells nobody but replicas, as\nbase64url or hex. It proves that a later session is of the same instance. A replica keeps\nits hash alone.\n",
    "type": "string",
    "pattern": "^[A-Za-z0-9_-]{43,128}$",
    "x-form": "of 43 to 128 characters of base64url or hex"
  },
  "Digest": {
    "type": "string",
    "pattern": "^[A-Za-z0-9_-]{43}$",
    "x-form": "of 32 bytes as base64url"
  },
  "Namespace": {
    "type": "string",
    "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
  },
  "Cluster": {
    "type": "string",
    "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
  },
  "HostName": {
    "description": "Address of a host, host:port, as it is told by replicas. The host part is a DNS name, IPv4 or\n[IPv6].\n",
    "type": "string",
    "maxLength": 261,
    "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
    "x-form": "host:port"
  },
  "HostAddress": {
    "description": "An address as it is told to replicas. It names somebody, and names are compared as texts: each address\nhas one spelling, and another one is refused. Lower case, no dot at the end, IPv4 as four decimal\nnumbers, IPv6 as RFC 5952 writes it. `0.0.0.0` and `[::]` are nobody's.\n",
    "type": "string",
    "maxLength": 261,
    "pattern": "^(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
    "x-form": "host:port",
    "x-address": true
  },
  "AppId": {
    "description": "At most 128 bytes of UTF-8.",
    "type": "string",
    "minLength": 1,
    "maxLength": 128,
    "x-max-bytes": 128
  },
  "ActorType": {
    "description": "At most 128 bytes of UTF-8.",
    "type": "string",
    "minLength": 1,
    "maxLength": 128,
    "x-max-bytes": 128
  },
  "VersionRange": {
    "description": "Versions that one side knows, from the oldest to the newest.",
    "type": "object",
    "x-range": true,
    "required": [
      "oldest",
      "newest"
    ],
    "properties": {
      "oldest": {
        "type": "integer",
        "minimum": 1,
        "maximum": 65535
      },
      "newest": {
        "type": "integer",
        "minimum": 1,
        "maximum": 65535
      }
    }
  },
  "FeatureLevel": {
    "description": "Of the cluster. What alters the ring of a table, its digest or who owns an actor comes with a new\none, which the cluster takes once all replicas and hosts know it. Now 2, which hosts need not know.\n",
    "type": "integer",
    "minimum": 1,
    "maximum": 65535
  },
  "TypeSetId": {
    "description": "Small id of a sorted set of actor types, stable within a namespace.",
    "type": "integer",
    "minimum": 1,
    "maximum": 4294967295
  },
  "PublicKey": {
    "description": "Ed25519 public key, raw, 32 bytes as base64url.",
    "type": "string",
    "pattern": "^[A-Za-z0-9_-]{43}$",
    "x-form": "of 32 bytes as base64url"
  },
  "Acknowledged": {
    "description": "The table that this host applied last and let go for, and the term that ordered it.",
    "type": "object",
    "required": [
      "term",
      "generation",
      "digest"
    ],
    "properties": {
      "term": {
        "$ref": "#/components/schemas/Term"
      },
      "generation": {
        "$ref": "#/components/schemas/Generation"
      },
      "digest": {
        "$ref": "#/components/schemas/Digest"
      }
    }
  },
  "Held": {
    "type": "object",
    "required": [
      "generation",
      "digest"
    ],
    "properties": {
      "generation": {
        "$ref": "#/components/schemas/Generation"
      },
      "digest": {
        "$ref": "#/components/schemas/Digest"
      }
    }
  },
  "TypeSet": {
    "type": "object",
    "required": [
      "id",
      "types"
    ],
    "properties": {
      "id": {
        "$ref": "#/components/schemas/TypeSetId"
      },
      "types": {
        "description": "In code point order, no repetition.",
        "type": "array",
        "minItems": 1,
        "maxItems": 256,
        "items": {
          "$ref": "#/components/schemas/ActorType"
        }
      }
    }
  },
  "TableMember": {
    "type": "object",
    "required": [
      "name",
      "epoch",
      "appId",
      "types"
    ],
    "properties": {
      "name": {
        "$ref": "#/components/schemas/HostName"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      },
      "appId": {
        "$ref": "#/components/schemas/AppId"
      },
      "types": {
        "$ref": "#/components/schemas/TypeSetId"
      },
      "cordoned": {
        "description": "Keeps its membership, owns nothing: an operator has cordoned it, or it has withdrawn all its types\n(`types` are those before then). Absent means false.\n",
        "type": "boolean"
      }
    }
  },
  "TableChange": {
    "description": "What turns the table `from` into the table `to`. From 0 it is the whole table. Members are\nsent as they report, never as virtual nodes. What is absent is as in `from`, or empty.\n",
    "type": "object",
    "required": [
      "from",
      "to",
      "digest",
      "upserts"
    ],
    "properties": {
      "from": {
        "$ref": "#/components/schemas/Generation"
      },
      "to": {
        "$ref": "#/components/schemas/Generation"
      },
      "digest": {
        "description": "Of the table after the change.",
        "$ref": "#/components/schemas/Digest"
      },
      "factor": {
        "description": "Virtual nodes per host. Always in a whole table.",
        "type": "integer",
        "minimum": 1,
        "maximum": 10000
      },
      "level": {
        "description": "That of the table. Always in a whole table. Whoever does not know it takes nothing of the change.",
        "$ref": "#/components/schemas/FeatureLevel"
      },
      "hash": {
        "description": "Name of the hash scheme of the ring. Always in a whole table.",
        "type": "string",
        "enum": [
          "blake2b512-le64"
        ]
      },
      "typeSets": {
        "description": "The sets that are new in this change.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/TypeSet"
        }
      },
      "upserts": {
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/TableMember"
        }
      },
      "removes": {
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/HostName"
        }
      }
    }
  },
  "RoundDeadline": {
    "description": "Whoever loses keys in this round and has not let go of them so many milliseconds after the leader\npublished its first order is removed.\n",
    "type": "integer",
    "minimum": 1,
    "maximum": 300000
  },
  "RunningRound": {
    "type": "object",
    "required": [
      "term",
      "deadlineMs",
      "change"
    ],
    "properties": {
      "term": {
        "$ref": "#/components/schemas/Term"
      },
      "deadlineMs": {
        "$ref": "#/components/schemas/RoundDeadline"
      },
      "change": {
        "$ref": "#/components/schemas/TableChange"
      }
    }
  },
  "Resume": {
    "description": "What an instance that was admitted before still holds.",
    "type": "object",
    "required": [
      "lineage",
      "epoch",
      "number",
      "acknowledged",
      "held"
    ],
    "properties": {
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      },
      "number": {
        "description": "Of its last heartbeat.",
        "$ref": "#/components/schemas/Count"
      },
      "acknowledged": {
        "$ref": "#/components/schemas/Acknowledged"
      },
      "held": {
        "description": "The unlocked table that it has; the welcome leaves an equal one out.",
        "$ref": "#/components/schemas/Held"
      }
    }
  },
  "Hello": {
    "description": "First message of a session. Without `name`, or without types, it is an observer: it looks up\nand is on no list, whatever it calls itself.\nWith `name` it needs `secret`: an admission belongs to the sessions whose hello has the\nsecret of the hello that was admitted, and words of others about it do not count.\n",
    "type": "object",
    "required": [
      "kind",
      "protocol",
      "levels",
      "namespace",
      "instance"
    ],
    "properties": {
      "kind": {
        "const": "hello"
      },
      "protocol": {
        "description": "Versions of this protocol that the host speaks, now 1 and 2. The highest that both sides know is spoken.",
        "$ref": "#/components/schemas/VersionRange"
      },
      "levels": {
        "description": "Feature levels that the host knows. Refused when the cluster is at another one.",
        "$ref": "#/components/schemas/VersionRange"
      },
      "cluster": {
        "description": "Refused when the cluster has another name.",
        "$ref": "#/components/schemas/Cluster"
      },
      "namespace": {
        "$ref": "#/components/schemas/Namespace"
      },
      "instance": {
        "$ref": "#/components/schemas/Instance"
      },
      "secret": {
        "$ref": "#/components/schemas/Secret"
      },
      "name": {
        "$ref": "#/components/schemas/HostAddress"
      },
      "appId": {
        "$ref": "#/components/schemas/AppId"
      },
      "types": {
        "description": "At most 256, and at most 16,384 bytes of UTF-8 together.",
        "type": "array",
        "maxItems": 256,
        "x-max-total-bytes": 16384,
        "items": {
          "$ref": "#/components/schemas/ActorType"
        }
      },
      "resume": {
        "$ref": "#/components/schemas/Resume"
      }
    }
  },
  "Heartbeat": {
    "description": "Also the acknowledgement of an order: a heartbeat sent at once. Before the welcome it is sent\nwith epoch 0 and keeps a waiting hello alive.\n",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "epoch",
      "number",
      "acknowledged",
      "listening"
    ],
    "properties": {
      "kind": {
        "const": "heartbeat"
      },
      "lineage": {
        "description": "Empty before the welcome.",
        "type": "string",
        "maxLength": 36
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      },
      "number": {
        "description": "Rises through the life of the instance.",
        "$ref": "#/components/schemas/Count"
      },
      "acknowledged": {
        "$ref": "#/components/schemas/Acknowledged"
      },
      "listening": {
        "description": "Whether orders reach this host over NATS now.",
        "type": "boolean"
      }
    }
  },
  "Leave": {
    "description": "Hand everything over, then close.",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "epoch"
    ],
    "properties": {
      "kind": {
        "const": "leave"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      }
    }
  },
  "Bye": {
    "description": "This instance ends now and runs nothing any more; its place is kept for its next instance.",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "epoch"
    ],
    "properties": {
      "kind": {
        "const": "bye"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      }
    }
  },
  "Fenced": {
    "description": "Everything that was held under this epoch has been stopped.",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "epoch"
    ],
    "properties": {
      "kind": {
        "const": "fenced"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      }
    }
  },
  "Get": {
    "description": "Asks for the disseminated table, at least of `generation`.",
    "type": "object",
    "required": [
      "kind",
      "generation"
    ],
    "properties": {
      "kind": {
        "const": "get"
      },
      "generation": {
        "$ref": "#/components/schemas/Generation"
      },
      "held": {
        "description": "What the asker has; the answer may be the difference.",
        "$ref": "#/components/schemas/Held"
      },
      "registry": {
        "description": "Version of the list of replicas that the asker has: with the answer comes a newer one.",
        "$ref": "#/components/schemas/Count"
      }
    }
  },
  "Types": {
    "description": "From version 2 of the protocol on: from now on the host offers these types and no others. Its epoch stays;\na round moves the keys of the types that come or go, and no others. None withdraws all: the\nhost is a member that owns nothing. Each change has a higher `number`; a lower one, or the same again,\nchanges nothing. Said again until it is answered by `types_taken`, every two seconds or as\n`types_waiting` says, and at once to a later leader: it may be lost. From feature level 2 on a hello of this\nversion never changes the types of a member; without types it keeps the admission that it resumes. A host\nthat leaves says `leave` behind the welcome.\n",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "epoch",
      "number",
      "types"
    ],
    "properties": {
      "kind": {
        "const": "types"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      },
      "number": {
        "description": "Of this change, from 1 on. Rises through the life of the instance.",
        "type": "integer",
        "minimum": 1,
        "maximum": 9007199254740991
      },
      "types": {
        "description": "At most 256, and at most 16,384 bytes of UTF-8 together.",
        "type": "array",
        "maxItems": 256,
        "x-max-total-bytes": 16384,
        "items": {
          "$ref": "#/components/schemas/ActorType"
        }
      }
    }
  },
  "TypesTaken": {
    "description": "The log has the types of this number, or of a higher one. They hold for the host once the table of\n`generation`, or a later one, is disseminated.\n",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "epoch",
      "number",
      "generation"
    ],
    "properties": {
      "kind": {
        "const": "types_taken"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      },
      "number": {
        "$ref": "#/components/schemas/Count"
      },
      "generation": {
        "$ref": "#/components/schemas/Generation"
      }
    }
  },
  "TypesWaiting": {
    "description": "The types of this number are not in the log, and why. `level_too_low`: not all replicas are\nupgraded, and nothing was done. Else they are taken later.\n",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "epoch",
      "number",
      "code",
      "detail",
      "retryAfterMs"
    ],
    "properties": {
      "kind": {
        "const": "types_waiting"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      },
      "number": {
        "$ref": "#/components/schemas/Count"
      },
      "code": {
        "type": "string",
        "enum": [
          "level_too_low",
          "damped",
          "overloaded"
        ]
      },
      "detail": {
        "type": "string"
      },
      "retryAfterMs": {
        "description": "About how long it may take.",
        "$ref": "#/components/schemas/Count"
      }
    }
  },
  "Leader": {
    "description": "The leader of a term and the key that signs its orders.",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "term",
      "key"
    ],
    "properties": {
      "kind": {
        "const": "leader"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "term": {
        "$ref": "#/components/schemas/Term"
      },
      "key": {
        "$ref": "#/components/schemas/PublicKey"
      }
    }
  },
  "Registry": {
    "description": "Which replicas the cluster has and where each is reached. Of two lists that of the higher\nversion is the newer one, within a lineage.\n",
    "type": "object",
    "required": [
      "version",
      "replicas"
    ],
    "properties": {
      "version": {
        "$ref": "#/components/schemas/Count"
      },
      "replicas": {
        "type": "array",
        "items": {
          "type": "object",
          "required": [
            "id"
          ],
          "properties": {
            "id": {
              "$ref": "#/components/schemas/Count"
            },
            "url": {
              "description": "Of its WebSocket; absent while it is not known.",
              "type": "string"
            },
            "key": {
              "description": "Signs its answers; absent while it is not known.",
              "$ref": "#/components/schemas/PublicKey"
            }
          }
        }
      }
    }
  },
  "RegistryChanged": {
    "description": "Sent when a replica came, went, moved or has another key.",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "registry"
    ],
    "properties": {
      "kind": {
        "const": "registry"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "registry": {
        "$ref": "#/components/schemas/Registry"
      }
    }
  },
  "Times": {
    "type": "object",
    "required": [
      "heartbeatMs",
      "fenceAfterMs",
      "roundDeadlineMs",
      "answerTimeoutMs",
      "beaconMs"
    ],
    "properties": {
      "heartbeatMs": {
        "description": "Send one at least this often.",
        "$ref": "#/components/schemas/Count"
      },
      "fenceAfterMs": {
        "description": "Length of the lease of an answered heartbeat.",
        "$ref": "#/components/schemas/Count"
      },
      "roundDeadlineMs": {
        "description": "A release must be done within this.",
        "$ref": "#/components/schemas/Count"
      },
      "beaconMs": {
        "description": "Time between pulses, and between the beacons after a round.",
        "$ref": "#/components/schemas/Count"
      },
      "answerTimeoutMs": {
        "description": "Without an answer for this long, try another replica.",
        "$ref": "#/components/schemas/Count"
      }
    }
  },
  "NatsAddress": {
    "type": "object",
    "required": [
      "servers",
      "table",
      "pulse",
      "get"
    ],
    "properties": {
      "servers": {
        "type": "array",
        "minItems": 1,
        "items": {
          "type": "string"
        }
      },
      "table": {
        "description": "Subject of the orders.",
        "type": "string"
      },
      "pulse": {
        "description": "Subject of the pulse.",
        "type": "string"
      },
      "get": {
        "description": "Subject of the request.",
        "type": "string"
      }
    }
  },
  "Welcome": {
    "description": "Admits the session. It gives no lease; the first answered heartbeat does.",
    "type": "object",
    "required": [
      "kind",
      "protocol",
      "cluster",
      "namespace",
      "lineage",
      "epoch",
      "term",
      "key",
      "times",
      "nats",
      "registry",
      "disseminated"
    ],
    "properties": {
      "kind": {
        "const": "welcome"
      },
      "protocol": {
        "description": "The version that is spoken from now on.",
        "type": "integer",
        "minimum": 1,
        "maximum": 65535
      },
      "cluster": {
        "$ref": "#/components/schemas/Cluster"
      },
      "namespace": {
        "$ref": "#/components/schemas/Namespace"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      },
      "term": {
        "$ref": "#/components/schemas/Term"
      },
      "key": {
        "$ref": "#/components/schemas/PublicKey"
      },
      "times": {
        "$ref": "#/components/schemas/Times"
      },
      "nats": {
        "$ref": "#/components/schemas/NatsAddress"
      },
      "registry": {
        "$ref": "#/components/schemas/Registry"
      },
      "disseminated": {
        "$ref": "#/components/schemas/Held"
      },
      "table": {
        "description": "The disseminated table. Absent when the resume holds an equal one.",
        "$ref": "#/components/schemas/TableChange"
      },
      "round": {
        "description": "The running round, apart from the table.",
        "$ref": "#/components/schemas/RunningRound"
      }
    }
  },
  "Waiting": {
    "description": "The hello was understood and waits. The session stays open while it heartbeats.",
    "type": "object",
    "required": [
      "kind",
      "code",
      "detail",
      "retryAfterMs"
    ],
    "properties": {
      "kind": {
        "const": "waiting"
      },
      "code": {
        "type": "string",
        "enum": [
          "name_taken",
          "evicted",
          "damped",
          "no_leader",
          "overloaded",
          "outdated"
        ]
      },
      "detail": {
        "type": "string"
      },
      "retryAfterMs": {
        "description": "About how long it may take.",
        "$ref": "#/components/schemas/Count"
      }
    }
  },
  "Answer": {
    "description": "A heartbeat that a quorum confirmed. It prolongs the lease from when it was sent.",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "number",
      "term",
      "disseminated"
    ],
    "properties": {
      "kind": {
        "const": "answer"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "number": {
        "$ref": "#/components/schemas/Count"
      },
      "term": {
        "$ref": "#/components/schemas/Term"
      },
      "disseminated": {
        "$ref": "#/components/schemas/Generation"
      },
      "digest": {
        "description": "Of the disseminated table; absent when it is the acknowledged one.",
        "$ref": "#/components/schemas/Digest"
      }
    }
  },
  "Refused": {
    "description": "A heartbeat that does not count, and why. `behind` means fetch the disseminated table.",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "number",
      "code",
      "term",
      "disseminated",
      "digest"
    ],
    "properties": {
      "kind": {
        "const": "refused"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "number": {
        "$ref": "#/components/schemas/Count"
      },
      "code": {
        "type": "string",
        "enum": [
          "behind",
          "below_floor"
        ]
      },
      "term": {
        "$ref": "#/components/schemas/Term"
      },
      "disseminated": {
        "$ref": "#/components/schemas/Generation"
      },
      "digest": {
        "$ref": "#/components/schemas/Digest"
      }
    }
  },
  "Fence": {
    "description": "Stop everything held under this epoch at once, say `fenced`, then say hello anew.",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "epoch",
      "code"
    ],
    "properties": {
      "kind": {
        "const": "fence"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      },
      "code": {
        "type": "string",
        "enum": [
          "expired",
          "evicted",
          "straggler",
          "replaced",
          "unknown_epoch",
          "ahead",
          "digest_mismatch",
          "other_lineage"
        ]
      }
    }
  },
  "Left": {
    "description": "The hand-over of a leave is finished.",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "epoch"
    ],
    "properties": {
      "kind": {
        "const": "left"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "epoch": {
        "$ref": "#/components/schemas/Epoch"
      }
    }
  },
  "TableAnswer": {
    "description": "The disseminated table, whole or as a difference on the table that the asker holds, in\n`parts` parts, and apart from it the running round and the list of replicas, if the asker has\nsaid that it has an older one (in the last part).\n",
    "type": "object",
    "required": [
      "kind",
      "namespace",
      "lineage",
      "part",
      "parts",
      "change"
    ],
    "properties": {
      "kind": {
        "const": "table"
      },
      "namespace": {
        "$ref": "#/components/schemas/Namespace"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "part": {
        "description": "From 1.",
        "type": "integer",
        "minimum": 1,
        "maximum": 65535
      },
      "parts": {
        "type": "integer",
        "minimum": 1,
        "maximum": 65535
      },
      "change": {
        "$ref": "#/components/schemas/TableChange"
      },
      "round": {
        "$ref": "#/components/schemas/RunningRound"
      },
      "registry": {
        "$ref": "#/components/schemas/Registry"
      }
    }
  },
  "GoElsewhere": {
    "description": "This replica stops. Connect to another one; nothing else changes.",
    "type": "object",
    "required": [
      "kind"
    ],
    "properties": {
      "kind": {
        "const": "go_elsewhere"
      }
    }
  },
  "Failure": {
    "description": "What was wrong and what to do. The session is closed after it.",
    "type": "object",
    "required": [
      "kind",
      "code",
      "detail",
      "retryable"
    ],
    "properties": {
      "kind": {
        "const": "error"
      },
      "code": {
        "type": "string"
      },
      "detail": {
        "type": "string"
      },
      "retryable": {
        "type": "boolean"
      }
    }
  },
  "Lock": {
    "description": "A round from the disseminated generation `from` to the generation `to` begins. States\n\"disseminated >= from\" and nothing else.\n",
    "type": "object",
    "required": [
      "kind",
      "namespace",
      "lineage",
      "term",
      "from",
      "digest",
      "to",
      "touched"
    ],
    "properties": {
      "kind": {
        "const": "lock"
      },
      "namespace": {
        "$ref": "#/components/schemas/Namespace"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "term": {
        "$ref": "#/components/schemas/Term"
      },
      "from": {
        "$ref": "#/components/schemas/Generation"
      },
      "digest": {
        "description": "Of the table `from`.",
        "$ref": "#/components/schemas/Digest"
      },
      "to": {
        "$ref": "#/components/schemas/Generation"
      },
      "touched": {
        "description": "Type sets of the members that change.",
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/TypeSetId"
        }
      }
    }
  },
  "Update": {
    "description": "The difference from the table `change.from` to the table `change.to`, in parts.",
    "type": "object",
    "required": [
      "kind",
      "namespace",
      "lineage",
      "term",
      "deadlineMs",
      "part",
      "parts",
      "change"
    ],
    "properties": {
      "kind": {
        "const": "update"
      },
      "namespace": {
        "$ref": "#/components/schemas/Namespace"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "term": {
        "$ref": "#/components/schemas/Term"
      },
      "deadlineMs": {
        "$ref": "#/components/schemas/RoundDeadline"
      },
      "part": {
        "description": "From 1.",
        "type": "integer",
        "minimum": 1,
        "maximum": 65535
      },
      "parts": {
        "type": "integer",
        "minimum": 1,
        "maximum": 65535
      },
      "change": {
        "$ref": "#/components/schemas/TableChange"
      }
    }
  },
  "Unlock": {
    "description": "The round to `generation` is finished and recorded; \"disseminated >= generation\".",
    "type": "object",
    "required": [
      "kind",
      "namespace",
      "lineage",
      "term",
      "generation",
      "digest"
    ],
    "properties": {
      "kind": {
        "const": "unlock"
      },
      "namespace": {
        "$ref": "#/components/schemas/Namespace"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "term": {
        "$ref": "#/components/schemas/Term"
      },
      "generation": {
        "$ref": "#/components/schemas/Generation"
      },
      "digest": {
        "$ref": "#/components/schemas/Digest"
      }
    }
  },
  "Pulse": {
    "description": "The leader of this term is there, and NATS carries what it says. States nothing else.",
    "type": "object",
    "required": [
      "kind",
      "lineage",
      "term"
    ],
    "properties": {
      "kind": {
        "const": "pulse"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "term": {
        "$ref": "#/components/schemas/Term"
      }
    }
  },
  "Beacon": {
    "description": "\"Disseminated >= generation\", every few seconds during a round and a few times after it, for\nwhoever missed an order. A namespace at rest has none: a sidecar learns what it missed from\nthe next answer to its heartbeat and, without a session, from an answer to a request that a\npulse reminds it of.\n",
    "type": "object",
    "required": [
      "kind",
      "namespace",
      "lineage",
      "term",
      "generation",
      "digest",
      "newest"
    ],
    "properties": {
      "kind": {
        "const": "beacon"
      },
      "namespace": {
        "$ref": "#/components/schemas/Namespace"
      },
      "lineage": {
        "$ref": "#/components/schemas/Lineage"
      },
      "term": {
        "$ref": "#/components/schemas/Term"
      },
      "generation": {
        "$ref": "#/components/schemas/Generation"
      },
      "digest": {
        "$ref": "#/components/schemas/Digest"
      },
      "newest": {
        "$ref": "#/components/schemas/Generation"
      }
    }
  }
}
