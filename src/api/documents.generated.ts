// Generated from openapi.yaml and asyncapi.yaml by `npm run generate`. Do not edit.

import { schemas } from '../wire/schemas.generated.js'

export const openapi: object = {
  "openapi": "3.1.0",
  "info": {
    "title": "Berth, the admin plane of a replica",
    "version": "1.0.0",
    "license": {
      "name": "MIT",
      "identifier": "MIT"
    },
    "description": "Every replica serves all of this. Reads are answered from its own state, as new as\n`consistency` asks; writes go to the leader, wherever they arrive.\n\n**Errors** are problem details (RFC 9457) with a stable `code`; `detail` says what to do.\n`x-problems` lists the codes of an operation; those of the whole document can come from any.\nWhat a request holds beyond this file (a query name, a field) is refused, not ignored.\n\n**ETag** is `\"<generation>-<state>\"`: the generation that the body shows, then a short hash of\neverything else in it. `If-None-Match` with it gives 304 as long as neither has changed.\n\n**Numbers** are at most 2^53 - 1. Hashes are 64 bits wide and therefore decimal text.\n\n**Hosts and sidecars** speak WebSocket at `/v1/host`; see `/asyncapi.json`.\n"
  },
  "x-problems": [
    "invalid_request",
    "foreign_origin",
    "method_not_allowed",
    "too_large",
    "headers_too_large",
    "request_timeout",
    "expectation_failed",
    "internal",
    "overloaded",
    "unavailable",
    "timeout"
  ],
  "servers": [
    {
      "url": "/",
      "description": "any replica"
    }
  ],
  "tags": [
    {
      "name": "placement",
      "description": "Namespaces, members, tables, where an actor is."
    },
    {
      "name": "history",
      "description": "Rounds and events."
    },
    {
      "name": "cluster",
      "description": "Replicas and settings."
    },
    {
      "name": "health",
      "description": "Probes, metrics, documents."
    }
  ],
  "paths": {
    "/v1/namespaces": {
      "get": {
        "operationId": "listNamespaces",
        "tags": [
          "placement"
        ],
        "summary": "All namespaces, by name.",
        "x-problems": [
          "no_leader"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/Limit"
          },
          {
            "$ref": "#/components/parameters/Cursor"
          },
          {
            "$ref": "#/components/parameters/IfNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "description": "A page of namespaces.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/NamespaceList"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        }
      ],
      "get": {
        "operationId": "getNamespace",
        "tags": [
          "placement"
        ],
        "summary": "One namespace.",
        "x-problems": [
          "no_leader",
          "not_found"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/IfNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "description": "Its generations and how much is in it.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/NamespaceState"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "delete": {
        "operationId": "deleteNamespace",
        "tags": [
          "placement"
        ],
        "summary": "Forgets a namespace without members.",
        "description": "An empty namespace goes by itself, unless names in it are cordoned or refused: with this it\ngoes, and they with it. While it has members, or not everybody may know that it has none,\n409. A namespace comes back with its next host; its generations go on rising.\n",
        "x-problems": [
          "no_leader",
          "not_leader",
          "not_found",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/IdempotencyKey"
          },
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "responses": {
          "200": {
            "description": "Committed and applied.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/members": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        }
      ],
      "get": {
        "operationId": "listMembers",
        "tags": [
          "placement"
        ],
        "summary": "The members of a namespace as last committed, by name.",
        "description": "With a filter a page can be shorter than `limit`, even empty, and still have a `next`: a page\nlooks at 10,000 members at most.\n",
        "x-problems": [
          "no_leader",
          "not_found"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/Limit"
          },
          {
            "$ref": "#/components/parameters/Cursor"
          },
          {
            "$ref": "#/components/parameters/IfNoneMatch"
          },
          {
            "name": "type",
            "in": "query",
            "description": "Only members that offer this actor type.",
            "schema": {
              "$ref": "#/components/schemas/ActorType"
            }
          },
          {
            "name": "appId",
            "in": "query",
            "description": "Only members of this app.",
            "schema": {
              "$ref": "#/components/schemas/AppId"
            }
          },
          {
            "name": "cordoned",
            "in": "query",
            "description": "Only members that are, or are not, cordoned.",
            "schema": {
              "type": "boolean"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of members.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/MemberList"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/members/{name}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        },
        {
          "$ref": "#/components/parameters/HostName"
        }
      ],
      "get": {
        "operationId": "getMember",
        "tags": [
          "placement"
        ],
        "summary": "One member.",
        "x-problems": [
          "no_leader",
          "not_found"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/IfNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "description": "The member as last committed.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Member"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "delete": {
        "operationId": "evictMember",
        "tags": [
          "placement"
        ],
        "summary": "Evicts a member.",
        "description": "Removes it by a commit made at once. Its keys move when it has said that it stopped, or when\nits lease is surely over, so that this is safe for a half-dead host. For `refuseMs` from then\non the name is not admitted again, unless the refusal is lifted.\n",
        "x-problems": [
          "no_leader",
          "not_leader",
          "not_found",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/IdempotencyKey"
          },
          {
            "$ref": "#/components/parameters/Forward"
          },
          {
            "name": "refuseMs",
            "in": "query",
            "description": "How long the name is refused, in ms. 0 lets it come back at once.",
            "schema": {
              "type": "integer",
              "minimum": 0,
              "maximum": 2592000000,
              "default": 0
            }
          }
        ],
        "responses": {
          "200": {
            "description": "Committed and applied.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/members/{name}/refusal": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        },
        {
          "$ref": "#/components/parameters/HostName"
        }
      ],
      "delete": {
        "operationId": "liftRefusal",
        "tags": [
          "placement"
        ],
        "summary": "Lets an evicted name come back at once.",
        "description": "Of a name that is not refused it changes nothing.",
        "x-problems": [
          "no_leader",
          "not_leader",
          "not_found",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/IdempotencyKey"
          },
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "responses": {
          "200": {
            "description": "Committed and applied.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/refusals": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        }
      ],
      "get": {
        "operationId": "listRefusals",
        "tags": [
          "placement"
        ],
        "summary": "The evicted names that are not admitted now, and for how much longer, by name.",
        "description": "A page can be shorter than `limit`, even empty, and still have a `next`: refusals that are\nover are in the log for a while.\n",
        "x-problems": [
          "no_leader",
          "not_found"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/Limit"
          },
          {
            "$ref": "#/components/parameters/Cursor"
          }
        ],
        "responses": {
          "200": {
            "description": "A page of names.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/RefusalList"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/members/{name}/cordon": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        },
        {
          "$ref": "#/components/parameters/HostName"
        }
      ],
      "post": {
        "operationId": "cordonMember",
        "tags": [
          "placement"
        ],
        "summary": "Takes a host's share of the ring away and leaves it its membership.",
        "description": "By name; it outlives restarts of the host. Cordoning twice changes nothing.",
        "x-problems": [
          "no_leader",
          "not_leader",
          "not_found",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/IdempotencyKey"
          },
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "responses": {
          "200": {
            "description": "Committed and applied.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/members/{name}/uncordon": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        },
        {
          "$ref": "#/components/parameters/HostName"
        }
      ],
      "post": {
        "operationId": "uncordonMember",
        "tags": [
          "placement"
        ],
        "summary": "Gives a cordoned host its share of the ring back.",
        "x-problems": [
          "no_leader",
          "not_leader",
          "not_found",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/IdempotencyKey"
          },
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "responses": {
          "200": {
            "description": "Committed and applied.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/table": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        }
      ],
      "get": {
        "operationId": "getTable",
        "tags": [
          "placement"
        ],
        "summary": "The placement table.",
        "description": "The last disseminated generation, which is what sidecars answer by; `committed` is the\nnewest. `generation` asks for another one, up to the newest; past ones are rebuilt from the\nevents.\n",
        "x-problems": [
          "no_leader",
          "not_found",
          "compacted",
          "too_far_back",
          "storage_damaged"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/IfNoneMatch"
          },
          {
            "name": "generation",
            "in": "query",
            "description": "Not given, the last disseminated.",
            "schema": {
              "$ref": "#/components/schemas/Generation"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "Members, never virtual nodes.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Table"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/types/{type}/table": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        },
        {
          "$ref": "#/components/parameters/ActorType"
        }
      ],
      "get": {
        "operationId": "getTypeTable",
        "tags": [
          "placement"
        ],
        "summary": "The hosts of one actor type in the last disseminated table.",
        "x-problems": [
          "no_leader",
          "not_found"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/IfNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "description": "Its hosts, by name.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/TypeTable"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/diff": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        }
      ],
      "get": {
        "operationId": "getDiff",
        "tags": [
          "placement"
        ],
        "summary": "What differs between the tables of two generations.",
        "x-problems": [
          "no_leader",
          "not_found",
          "compacted",
          "too_far_back",
          "storage_damaged"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/IfNoneMatch"
          },
          {
            "name": "from",
            "in": "query",
            "required": true,
            "schema": {
              "$ref": "#/components/schemas/Generation"
            }
          },
          {
            "name": "to",
            "in": "query",
            "description": "Not below `from`. Not given, the newest.",
            "schema": {
              "$ref": "#/components/schemas/Generation"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "Members added, removed and changed.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Diff"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/actors/{type}/{id}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        },
        {
          "$ref": "#/components/parameters/ActorType"
        },
        {
          "name": "id",
          "in": "path",
          "required": true,
          "description": "Percent-encoded; at most 1 KiB of UTF-8.",
          "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "x-max-bytes": 1024
          }
        }
      ],
      "get": {
        "operationId": "whereIsActor",
        "tags": [
          "placement"
        ],
        "summary": "Which host runs this actor, and why.",
        "description": "By the last disseminated table. `moving` says whether the running round, if there is one,\ngives the actor to somebody else.\n",
        "x-problems": [
          "no_leader",
          "not_found",
          "no_owner"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/IfNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "description": "The owner, and how it follows from the ring.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/ActorPlacement"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/namespaces/{namespace}/rounds": {
      "parameters": [
        {
          "$ref": "#/components/parameters/Namespace"
        }
      ],
      "get": {
        "operationId": "getRounds",
        "tags": [
          "history"
        ],
        "summary": "The running round and the recent ones, with their stragglers.",
        "x-problems": [
          "no_leader",
          "not_found"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          }
        ],
        "responses": {
          "200": {
            "description": "As the leader sees them.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Rounds"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/events": {
      "get": {
        "operationId": "listEvents",
        "tags": [
          "history"
        ],
        "summary": "What the log did, event by event.",
        "description": "A gap, left by an installed snapshot, by a recovery or by retention, is shown as an event of\nkind `gap`, whatever the filters say.\n",
        "x-problems": [
          "no_leader"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/Limit"
          },
          {
            "$ref": "#/components/parameters/Cursor"
          },
          {
            "name": "order",
            "in": "query",
            "schema": {
              "type": "string",
              "enum": [
                "newest",
                "oldest"
              ],
              "default": "newest"
            }
          },
          {
            "name": "namespace",
            "in": "query",
            "schema": {
              "$ref": "#/components/schemas/Namespace"
            }
          },
          {
            "name": "kind",
            "in": "query",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 64,
              "pattern": "^[a-z][a-z0-9_-]*$",
              "x-form": "of a word of a-z, 0-9, _ and -"
            }
          },
          {
            "name": "member",
            "in": "query",
            "schema": {
              "$ref": "#/components/schemas/HostAddress"
            }
          },
          {
            "name": "fromIndex",
            "in": "query",
            "description": "Only events of log entries at or above this index.",
            "schema": {
              "$ref": "#/components/schemas/LogIndex"
            }
          },
          {
            "name": "toIndex",
            "in": "query",
            "description": "Only events of log entries at or below this index.",
            "schema": {
              "$ref": "#/components/schemas/LogIndex"
            }
          }
        ],
        "responses": {
          "200": {
            "description": "A page of events.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/EventList"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/cluster": {
      "get": {
        "operationId": "getCluster",
        "tags": [
          "cluster"
        ],
        "summary": "The cluster and its replicas, as this replica knows them.",
        "description": "Answered in any case, also while nobody leads: `confirmed` says whether it is as new as\n`consistency` asks for.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          }
        ],
        "responses": {
          "200": {
            "description": "Who is in it, who leads, how far each one is.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Cluster"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/cluster/replicas": {
      "post": {
        "operationId": "addReplica",
        "tags": [
          "cluster"
        ],
        "summary": "Adds a replica.",
        "description": "As a learner, which receives everything and has no vote, or as a voter. A voter starts as a\nlearner and is promoted by the leader when it has caught up. The id must be new for ever. A\nrequest that was done already is done again without a change.\n\nFor a member that is what `membership` says, `peer` is its new address, which all replicas\nare told: `changed` is false if they know it. What the replica says of itself, as soon as it\nreaches the leader, takes the place of that.\n",
        "x-problems": [
          "no_leader",
          "not_leader",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/NewReplica"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The change is committed and active.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/cluster/replicas/{id}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/ReplicaId"
        }
      ],
      "delete": {
        "operationId": "removeReplica",
        "tags": [
          "cluster"
        ],
        "summary": "Removes a replica, the leader included. Its id is never used again.",
        "description": "`changed` is false if it was removed already.",
        "x-problems": [
          "no_leader",
          "not_leader",
          "not_found",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "responses": {
          "200": {
            "description": "The change is committed and active.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/cluster/replicas/{id}/promote": {
      "parameters": [
        {
          "$ref": "#/components/parameters/ReplicaId"
        }
      ],
      "post": {
        "operationId": "promoteReplica",
        "tags": [
          "cluster"
        ],
        "summary": "Makes a learner that has caught up a voter.",
        "description": "`changed` is false if it is a voter already.",
        "x-problems": [
          "no_leader",
          "not_leader",
          "not_found",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "responses": {
          "200": {
            "description": "The change is committed and active.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/cluster/changes": {
      "post": {
        "operationId": "changeReplicas",
        "tags": [
          "cluster"
        ],
        "summary": "Changes several replicas at once.",
        "description": "All or nothing, through a joint configuration: until it is left, majorities of both the old and\nthe new voters decide. A learner that is to vote must have caught up; a new voter begins as a\nlearner, as when it is added alone. What is so already is left as it is. The `peer` of a member\nis its new address, as when it is added again; that is written first, and by itself.\n",
        "x-problems": [
          "no_leader",
          "not_leader",
          "not_found",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/ReplicaChanges"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The change is committed and active; the joint configuration may still stand.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/cluster/changes/leave": {
      "post": {
        "operationId": "leaveJoint",
        "tags": [
          "cluster"
        ],
        "summary": "Leaves a joint configuration that was entered with `explicit`.",
        "x-problems": [
          "no_leader",
          "not_leader",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "responses": {
          "200": {
            "description": "The new voters alone decide.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/cluster/transfer": {
      "post": {
        "operationId": "transferLeadership",
        "tags": [
          "cluster"
        ],
        "summary": "Hands leadership over.",
        "x-problems": [
          "no_leader",
          "not_leader",
          "not_found",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "requestBody": {
          "required": false,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/Transfer"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Another replica leads; `changed` is false if it was the leader already.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/cluster/snapshot": {
      "post": {
        "operationId": "takeSnapshot",
        "tags": [
          "cluster"
        ],
        "summary": "Makes the replica that is asked snapshot its state now.",
        "description": "Never forwarded. `index` and `term` name the snapshot.",
        "x-problems": [
          "conflict",
          "unsupported_media_type"
        ],
        "responses": {
          "200": {
            "description": "The snapshot is durable; `changed` is false if there was nothing new.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/settings": {
      "get": {
        "operationId": "getSettings",
        "tags": [
          "cluster"
        ],
        "summary": "The settings of the cluster.",
        "x-problems": [
          "no_leader"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/Consistency"
          },
          {
            "$ref": "#/components/parameters/IfNoneMatch"
          }
        ],
        "responses": {
          "200": {
            "description": "All of them, as committed.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Settings"
                }
              }
            }
          },
          "304": {
            "$ref": "#/components/responses/NotModified"
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      },
      "patch": {
        "operationId": "changeSettings",
        "tags": [
          "cluster"
        ],
        "summary": "Changes some settings.",
        "description": "Fields that are left out stay. A change of `factor` is a new generation in each namespace.\nTimes that would let two hosts own one actor are refused, with the inequality that fails.\n",
        "x-problems": [
          "no_leader",
          "not_leader",
          "conflict",
          "unsupported_media_type"
        ],
        "parameters": [
          {
            "$ref": "#/components/parameters/IdempotencyKey"
          },
          {
            "$ref": "#/components/parameters/Forward"
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/SettingsChange"
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Committed and applied.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Done"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/livez": {
      "get": {
        "operationId": "livez",
        "tags": [
          "health"
        ],
        "summary": "Would a restart help? 503 when it would.",
        "description": "Answered under any `Host`; under a foreign name without checks and reasons.",
        "parameters": [
          {
            "$ref": "#/components/parameters/Verbose"
          }
        ],
        "responses": {
          "200": {
            "description": "This process works.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Health"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/readyz": {
      "get": {
        "operationId": "readyz",
        "tags": [
          "health"
        ],
        "summary": "Can this replica serve now? 503 when it cannot.",
        "description": "Quorum known, database writable, NATS up and allowing what is needed. Answered under any `Host`; under\na foreign name without checks and reasons.\n",
        "parameters": [
          {
            "$ref": "#/components/parameters/Verbose"
          }
        ],
        "responses": {
          "200": {
            "description": "All checks pass.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Health"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/metrics": {
      "get": {
        "operationId": "metrics",
        "tags": [
          "health"
        ],
        "summary": "Metrics in the text format of Prometheus.",
        "description": "Answered under any `Host`; under a foreign name without those of single namespaces.",
        "responses": {
          "200": {
            "description": "All metrics of this process.",
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/openapi.json": {
      "get": {
        "operationId": "openapiDocument",
        "tags": [
          "health"
        ],
        "summary": "This document.",
        "responses": {
          "200": {
            "description": "OpenAPI 3.1.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "additionalProperties": true
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/asyncapi.json": {
      "get": {
        "operationId": "asyncapiDocument",
        "tags": [
          "health"
        ],
        "summary": "The messages of WebSocket and NATS.",
        "responses": {
          "200": {
            "description": "AsyncAPI 3.0.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "additionalProperties": true
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/": {
      "get": {
        "operationId": "welcomePage",
        "tags": [
          "health"
        ],
        "summary": "A page with links, for people.",
        "responses": {
          "200": {
            "description": "Self-contained HTML.",
            "content": {
              "text/html": {
                "schema": {
                  "type": "string"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    }
  },
  "components": {
    "parameters": {
      "Namespace": {
        "name": "namespace",
        "in": "path",
        "required": true,
        "schema": {
          "$ref": "#/components/schemas/Namespace"
        }
      },
      "HostName": {
        "name": "name",
        "in": "path",
        "required": true,
        "schema": {
          "$ref": "#/components/schemas/HostAddress"
        }
      },
      "ActorType": {
        "name": "type",
        "in": "path",
        "required": true,
        "schema": {
          "$ref": "#/components/schemas/ActorType"
        }
      },
      "ReplicaId": {
        "name": "id",
        "in": "path",
        "required": true,
        "schema": {
          "$ref": "#/components/schemas/ReplicaId"
        }
      },
      "Consistency": {
        "name": "consistency",
        "in": "query",
        "description": "`stale`: what this replica has; `default`: no older than the leader's state under its lease;\n`consistent`: confirmed by a quorum after the request came in.\n",
        "schema": {
          "type": "string",
          "enum": [
            "stale",
            "default",
            "consistent"
          ],
          "default": "default"
        }
      },
      "Limit": {
        "name": "limit",
        "in": "query",
        "description": "Most items on a page.",
        "schema": {
          "type": "integer",
          "minimum": 1,
          "maximum": 1000,
          "default": 100
        }
      },
      "Cursor": {
        "name": "cursor",
        "in": "query",
        "description": "`next` of the page before, with the same other parameters.",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 1024,
          "pattern": "^[A-Za-z0-9_-]+$",
          "x-form": "of a cursor that a page gave as its next"
        }
      },
      "Verbose": {
        "name": "verbose",
        "in": "query",
        "description": "Lists each check by name.",
        "schema": {
          "type": "string",
          "enum": [
            "",
            "true",
            "1",
            "false",
            "0"
          ]
        }
      },
      "Forward": {
        "name": "forward",
        "in": "query",
        "description": "`false`: a replica that is not the leader answers 421 with the leader's address instead of\nforwarding.\n",
        "schema": {
          "type": "boolean",
          "default": true
        }
      },
      "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "1 to 128 visible ASCII characters. A retry with the same key does nothing more and gets the\nfirst result.\n",
        "schema": {
          "type": "string",
          "pattern": "^[!-~]{1,128}$",
          "x-form": "of 1 to 128 visible ASCII characters"
        }
      },
      "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of an earlier answer.",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 1024
        }
      }
    },
    "responses": {
      "NotModified": {
        "description": "As the ETag says, nothing has changed."
      },
      "Problem": {
        "description": "What went wrong and what to do (RFC 9457).",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            }
          }
        }
      }
    },
    "schemas": {
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
      "LogIndex": {
        "description": "Position in the Raft log.",
        "type": "integer",
        "minimum": 0,
        "maximum": 9007199254740991
      },
      "Term": {
        "description": "Raft term.",
        "type": "integer",
        "minimum": 0,
        "maximum": 9007199254740991
      },
      "Epoch": {
        "description": "Names one admission of an instance.",
        "type": "integer",
        "minimum": 0,
        "maximum": 9007199254740991
      },
      "ReplicaId": {
        "type": "integer",
        "minimum": 1,
        "maximum": 2147483648
      },
      "Lineage": {
        "description": "Names this history of the cluster. Another lineage is another history.",
        "type": "string",
        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        "x-form": "of a uuid in lower case"
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
      "PeerAddress": {
        "description": "Where other replicas reach one: as a HostAddress, and a `_` may stand in it, as in names that Docker gives.\n",
        "type": "string",
        "maxLength": 261,
        "pattern": "^(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9_])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
        "x-form": "host:port",
        "x-peer-address": true
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
      "Time": {
        "description": "RFC 3339 in UTC.",
        "type": "string",
        "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
        "x-form": "2026-01-31T12:00:00.000Z"
      },
      "Hash": {
        "description": "A 64-bit number, in decimal.",
        "type": "string",
        "pattern": "^(0|[1-9][0-9]{0,19})$",
        "x-form": "of a whole number"
      },
      "Next": {
        "description": "Cursor of the next page; null on the last.",
        "type": [
          "string",
          "null"
        ]
      },
      "NamespaceState": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "generation",
          "committed",
          "digest",
          "members"
        ],
        "properties": {
          "name": {
            "$ref": "#/components/schemas/Namespace"
          },
          "generation": {
            "description": "The last disseminated.",
            "$ref": "#/components/schemas/Generation"
          },
          "committed": {
            "description": "The newest. Above `generation` while a round runs.",
            "$ref": "#/components/schemas/Generation"
          },
          "digest": {
            "description": "Of the disseminated table.",
            "$ref": "#/components/schemas/Digest"
          },
          "members": {
            "description": "Members as committed.",
            "$ref": "#/components/schemas/Count"
          }
        }
      },
      "NamespaceList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "items",
          "next"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/NamespaceState"
            }
          },
          "next": {
            "$ref": "#/components/schemas/Next"
          }
        }
      },
      "Member": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "instance",
          "appId",
          "types",
          "epoch",
          "level",
          "generation",
          "admittedAt",
          "cordoned",
          "disseminated"
        ],
        "properties": {
          "name": {
            "$ref": "#/components/schemas/HostName"
          },
          "instance": {
            "description": "The uuid of this run of the host.",
            "type": "string"
          },
          "appId": {
            "$ref": "#/components/schemas/AppId"
          },
          "types": {
            "description": "That it offers now; none where it has withdrawn them.",
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/ActorType"
            }
          },
          "epoch": {
            "$ref": "#/components/schemas/Epoch"
          },
          "level": {
            "description": "The newest feature level that it knows.",
            "type": "integer",
            "minimum": 1,
            "maximum": 4294967295
          },
          "generation": {
            "description": "The first that had it under this epoch.",
            "$ref": "#/components/schemas/Generation"
          },
          "admittedAt": {
            "$ref": "#/components/schemas/Time"
          },
          "cordoned": {
            "description": "By an operator.",
            "type": "boolean"
          },
          "disseminated": {
            "description": "Whether the disseminated table has this member under this epoch.",
            "type": "boolean"
          }
        }
      },
      "MemberList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "generation",
          "committed",
          "items",
          "next"
        ],
        "properties": {
          "generation": {
            "$ref": "#/components/schemas/Generation"
          },
          "committed": {
            "$ref": "#/components/schemas/Generation"
          },
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Member"
            }
          },
          "next": {
            "$ref": "#/components/schemas/Next"
          }
        }
      },
      "Refusal": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "leftMs"
        ],
        "properties": {
          "name": {
            "$ref": "#/components/schemas/HostName"
          },
          "leftMs": {
            "description": "How much longer the name is refused, in ms.",
            "$ref": "#/components/schemas/Count"
          }
        }
      },
      "RefusalList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "items",
          "next"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Refusal"
            }
          },
          "next": {
            "$ref": "#/components/schemas/Next"
          }
        }
      },
      "TypeSet": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "types"
        ],
        "properties": {
          "id": {
            "type": "integer",
            "minimum": 1,
            "maximum": 4294967295
          },
          "types": {
            "type": "array",
            "minItems": 1,
            "items": {
              "$ref": "#/components/schemas/ActorType"
            }
          }
        }
      },
      "TableMember": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "epoch",
          "appId",
          "types",
          "cordoned"
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
            "description": "Id of a type set of this answer.",
            "type": "integer",
            "minimum": 1,
            "maximum": 4294967295
          },
          "cordoned": {
            "description": "A member that owns nothing: by an operator, or because it has withdrawn its types.",
            "type": "boolean"
          }
        }
      },
      "Table": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "namespace",
          "lineage",
          "generation",
          "disseminated",
          "committed",
          "digest",
          "factor",
          "level",
          "hash",
          "typeSets",
          "members"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/Namespace"
          },
          "lineage": {
            "$ref": "#/components/schemas/Lineage"
          },
          "generation": {
            "description": "Of this table.",
            "$ref": "#/components/schemas/Generation"
          },
          "disseminated": {
            "description": "The last generation that every host has.",
            "$ref": "#/components/schemas/Generation"
          },
          "committed": {
            "description": "The newest generation.",
            "$ref": "#/components/schemas/Generation"
          },
          "digest": {
            "description": "Of this table; asyncapi.yaml says how it is made.",
            "$ref": "#/components/schemas/Digest"
          },
          "factor": {
            "description": "Virtual nodes per host.",
            "type": "integer",
            "minimum": 1,
            "maximum": 10000
          },
          "level": {
            "description": "Feature level that its ring and its digest are of.",
            "type": "integer",
            "minimum": 1,
            "maximum": 65535
          },
          "hash": {
            "description": "Name of the hash scheme of the ring.",
            "type": "string"
          },
          "typeSets": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/TypeSet"
            }
          },
          "members": {
            "description": "By name.",
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/TableMember"
            }
          }
        }
      },
      "TypeTable": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "namespace",
          "type",
          "lineage",
          "generation",
          "committed",
          "factor",
          "hosts"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/Namespace"
          },
          "type": {
            "$ref": "#/components/schemas/ActorType"
          },
          "lineage": {
            "$ref": "#/components/schemas/Lineage"
          },
          "generation": {
            "$ref": "#/components/schemas/Generation"
          },
          "committed": {
            "$ref": "#/components/schemas/Generation"
          },
          "factor": {
            "description": "Virtual nodes per host.",
            "type": "integer",
            "minimum": 1,
            "maximum": 10000
          },
          "hosts": {
            "description": "By name. Those that are cordoned own nothing.",
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Owner"
            }
          }
        }
      },
      "Owner": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "host",
          "appId",
          "epoch",
          "cordoned"
        ],
        "properties": {
          "host": {
            "$ref": "#/components/schemas/HostName"
          },
          "appId": {
            "$ref": "#/components/schemas/AppId"
          },
          "epoch": {
            "$ref": "#/components/schemas/Epoch"
          },
          "cordoned": {
            "type": "boolean"
          }
        }
      },
      "DiffMember": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "epoch",
          "appId",
          "types",
          "cordoned"
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
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/ActorType"
            }
          },
          "cordoned": {
            "type": "boolean"
          }
        }
      },
      "Diff": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "namespace",
          "lineage",
          "from",
          "to",
          "factor",
          "added",
          "removed",
          "changed"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/Namespace"
          },
          "lineage": {
            "$ref": "#/components/schemas/Lineage"
          },
          "from": {
            "$ref": "#/components/schemas/Generation"
          },
          "to": {
            "$ref": "#/components/schemas/Generation"
          },
          "factor": {
            "type": "object",
            "additionalProperties": false,
            "required": [
              "from",
              "to"
            ],
            "properties": {
              "from": {
                "type": "integer",
                "minimum": 1,
                "maximum": 10000
              },
              "to": {
                "type": "integer",
                "minimum": 1,
                "maximum": 10000
              }
            }
          },
          "added": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/DiffMember"
            }
          },
          "removed": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/DiffMember"
            }
          },
          "changed": {
            "type": "array",
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "before",
                "after"
              ],
              "properties": {
                "before": {
                  "$ref": "#/components/schemas/DiffMember"
                },
                "after": {
                  "$ref": "#/components/schemas/DiffMember"
                }
              }
            }
          }
        }
      },
      "RingPosition": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "owner",
          "virtualNode",
          "hosts",
          "virtualNodes",
          "generation"
        ],
        "properties": {
          "owner": {
            "$ref": "#/components/schemas/Owner"
          },
          "virtualNode": {
            "description": "The first one at or above the actor's hash, or the first of all.",
            "type": "object",
            "additionalProperties": false,
            "required": [
              "hash",
              "index"
            ],
            "properties": {
              "hash": {
                "$ref": "#/components/schemas/Hash"
              },
              "index": {
                "description": "It is hash(host name + this number).",
                "$ref": "#/components/schemas/Count"
              }
            }
          },
          "hosts": {
            "description": "Hosts on this type's ring.",
            "$ref": "#/components/schemas/Count"
          },
          "virtualNodes": {
            "description": "Size of this type's ring.",
            "$ref": "#/components/schemas/Count"
          },
          "generation": {
            "description": "Of the table that the ring is made from.",
            "$ref": "#/components/schemas/Generation"
          }
        }
      },
      "ActorPlacement": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "namespace",
          "type",
          "id",
          "lineage",
          "generation",
          "committed",
          "hash",
          "placement",
          "moving"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/Namespace"
          },
          "type": {
            "$ref": "#/components/schemas/ActorType"
          },
          "id": {
            "type": "string"
          },
          "lineage": {
            "$ref": "#/components/schemas/Lineage"
          },
          "generation": {
            "description": "The disseminated one that answers.",
            "$ref": "#/components/schemas/Generation"
          },
          "committed": {
            "$ref": "#/components/schemas/Generation"
          },
          "hash": {
            "description": "Of the actor's id.",
            "$ref": "#/components/schemas/Hash"
          },
          "placement": {
            "description": "Null when nobody owns it yet and the running round gives it an owner.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/RingPosition"
              },
              {
                "type": "null"
              }
            ]
          },
          "moving": {
            "description": "Null when the committed table gives it to the same host and epoch.",
            "oneOf": [
              {
                "type": "null"
              },
              {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "to"
                ],
                "properties": {
                  "to": {
                    "description": "Its place in the committed table; null when nobody will own it.",
                    "oneOf": [
                      {
                        "$ref": "#/components/schemas/RingPosition"
                      },
                      {
                        "type": "null"
                      }
                    ]
                  }
                }
              }
            ]
          }
        }
      },
      "Straggler": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "epoch"
        ],
        "properties": {
          "name": {
            "$ref": "#/components/schemas/HostName"
          },
          "epoch": {
            "$ref": "#/components/schemas/Epoch"
          }
        }
      },
      "WaitedFor": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "epoch",
          "losesKeys"
        ],
        "properties": {
          "name": {
            "$ref": "#/components/schemas/HostName"
          },
          "epoch": {
            "$ref": "#/components/schemas/Epoch"
          },
          "losesKeys": {
            "description": "Only these can hold the round beyond its deadline. True for a moment at its start as well, until it is known who loses keys.",
            "type": "boolean"
          }
        }
      },
      "RunningRound": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "term",
          "from",
          "to",
          "elapsedMs",
          "deadlineMs",
          "hosts",
          "acknowledged",
          "waitingFor"
        ],
        "properties": {
          "term": {
            "$ref": "#/components/schemas/Term"
          },
          "from": {
            "$ref": "#/components/schemas/Generation"
          },
          "to": {
            "$ref": "#/components/schemas/Generation"
          },
          "elapsedMs": {
            "description": "Since this leader's first publication.",
            "$ref": "#/components/schemas/Count"
          },
          "deadlineMs": {
            "description": "From its start, in ms.",
            "$ref": "#/components/schemas/Count"
          },
          "hosts": {
            "description": "Length of the wait list.",
            "$ref": "#/components/schemas/Count"
          },
          "acknowledged": {
            "$ref": "#/components/schemas/Count"
          },
          "waitingFor": {
            "description": "The first hundred.",
            "type": "array",
            "maxItems": 100,
            "items": {
              "$ref": "#/components/schemas/WaitedFor"
            }
          }
        }
      },
      "FinishedRound": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "term",
          "from",
          "to",
          "finishedAt",
          "durationMs",
          "hosts",
          "stragglers"
        ],
        "properties": {
          "term": {
            "$ref": "#/components/schemas/Term"
          },
          "from": {
            "$ref": "#/components/schemas/Generation"
          },
          "to": {
            "$ref": "#/components/schemas/Generation"
          },
          "finishedAt": {
            "$ref": "#/components/schemas/Time"
          },
          "durationMs": {
            "$ref": "#/components/schemas/Count"
          },
          "hosts": {
            "description": "Length of the wait list.",
            "$ref": "#/components/schemas/Count"
          },
          "stragglers": {
            "description": "Who was removed at the deadline.",
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Straggler"
            }
          }
        }
      },
      "Rounds": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "namespace",
          "generation",
          "committed",
          "running",
          "recent"
        ],
        "properties": {
          "namespace": {
            "$ref": "#/components/schemas/Namespace"
          },
          "generation": {
            "description": "The last disseminated.",
            "$ref": "#/components/schemas/Generation"
          },
          "committed": {
            "$ref": "#/components/schemas/Generation"
          },
          "running": {
            "oneOf": [
              {
                "$ref": "#/components/schemas/RunningRound"
              },
              {
                "type": "null"
              }
            ]
          },
          "recent": {
            "description": "Newest first; those that the present leader has run.",
            "type": "array",
            "maxItems": 100,
            "items": {
              "$ref": "#/components/schemas/FinishedRound"
            }
          }
        }
      },
      "Event": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "index",
          "position",
          "namespace",
          "generation",
          "kind",
          "member",
          "reason",
          "at",
          "detail"
        ],
        "properties": {
          "index": {
            "$ref": "#/components/schemas/LogIndex"
          },
          "position": {
            "description": "Among the events of its log entry.",
            "$ref": "#/components/schemas/Count"
          },
          "namespace": {
            "type": [
              "string",
              "null"
            ]
          },
          "generation": {
            "type": [
              "integer",
              "null"
            ],
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "kind": {
            "type": "string"
          },
          "member": {
            "type": [
              "string",
              "null"
            ]
          },
          "reason": {
            "type": [
              "string",
              "null"
            ]
          },
          "at": {
            "$ref": "#/components/schemas/Time"
          },
          "detail": {
            "description": "What else there is to know; its shape depends on the kind."
          }
        }
      },
      "EventList": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "items",
          "next"
        ],
        "properties": {
          "items": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Event"
            }
          },
          "next": {
            "$ref": "#/components/schemas/Next"
          }
        }
      },
      "Postgres": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "writable",
          "version",
          "commitMs"
        ],
        "properties": {
          "writable": {
            "description": "Whether the last write came through.",
            "type": "boolean"
          },
          "version": {
            "type": [
              "string",
              "null"
            ]
          },
          "commitMs": {
            "description": "Time of the last commit, in ms.",
            "type": [
              "number",
              "null"
            ],
            "minimum": 0
          }
        }
      },
      "VersionRange": {
        "type": "object",
        "additionalProperties": false,
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
      "Replica": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "role",
          "membership",
          "term",
          "commit",
          "applied",
          "lag",
          "digest",
          "lastContactMs",
          "version",
          "levels",
          "postgres",
          "addresses"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/ReplicaId"
          },
          "role": {
            "description": "`unknown` when it was not heard from.",
            "type": "string",
            "enum": [
              "leader",
              "follower",
              "candidate",
              "stopped",
              "unknown"
            ]
          },
          "membership": {
            "description": "`leaving`: a voter of the outgoing half of a joint configuration.",
            "type": "string",
            "enum": [
              "voter",
              "learner",
              "leaving"
            ]
          },
          "term": {
            "type": [
              "integer",
              "null"
            ],
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "commit": {
            "description": "Commit index.",
            "type": [
              "integer",
              "null"
            ],
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "applied": {
            "description": "Index of the last entry that its state machine applied.",
            "type": [
              "integer",
              "null"
            ],
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "lag": {
            "description": "Entries that it is behind the leader's commit index.",
            "type": [
              "integer",
              "null"
            ],
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "digest": {
            "description": "Of its state at `applied`.",
            "type": [
              "string",
              "null"
            ]
          },
          "lastContactMs": {
            "description": "How long ago this replica heard from it, in ms; 0 for itself.",
            "type": [
              "integer",
              "null"
            ],
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "version": {
            "description": "Of Berth.",
            "type": [
              "string",
              "null"
            ]
          },
          "levels": {
            "description": "Feature levels that it knows.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/VersionRange"
              },
              {
                "type": "null"
              }
            ]
          },
          "postgres": {
            "oneOf": [
              {
                "$ref": "#/components/schemas/Postgres"
              },
              {
                "type": "null"
              }
            ]
          },
          "addresses": {
            "type": "object",
            "additionalProperties": false,
            "required": [
              "api",
              "peer"
            ],
            "properties": {
              "api": {
                "description": "Of REST and WebSocket, as a URL.",
                "type": [
                  "string",
                  "null"
                ]
              },
              "peer": {
                "description": "host:port for other replicas.",
                "type": [
                  "string",
                  "null"
                ]
              }
            }
          }
        }
      },
      "Alarm": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "code",
          "replica",
          "detail"
        ],
        "properties": {
          "code": {
            "type": "string"
          },
          "replica": {
            "oneOf": [
              {
                "$ref": "#/components/schemas/ReplicaId"
              },
              {
                "type": "null"
              }
            ]
          },
          "detail": {
            "type": "string"
          }
        }
      },
      "ClusterStatus": {
        "description": "What a replica knows of all replicas.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "answeredBy",
          "leader",
          "term",
          "level",
          "replicas",
          "alarms"
        ],
        "properties": {
          "answeredBy": {
            "$ref": "#/components/schemas/ReplicaId"
          },
          "leader": {
            "oneOf": [
              {
                "$ref": "#/components/schemas/ReplicaId"
              },
              {
                "type": "null"
              }
            ]
          },
          "term": {
            "$ref": "#/components/schemas/Term"
          },
          "level": {
            "description": "Feature level: what came with a later one is not done yet. It rises once all replicas know a\nlater one, and all hosts where it concerns them, as far as the setting `levelMax` allows.\n",
            "type": "object",
            "additionalProperties": false,
            "required": [
              "active",
              "waitsFor"
            ],
            "properties": {
              "active": {
                "type": "integer",
                "minimum": 1,
                "maximum": 65535
              },
              "waitsFor": {
                "description": "Who keeps it from the newest level that some replica knows; empty when nobody does.",
                "type": "array",
                "items": {
                  "type": "string"
                }
              }
            }
          },
          "replicas": {
            "description": "By id.",
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Replica"
            }
          },
          "alarms": {
            "description": "What an operator must look at.",
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Alarm"
            }
          }
        }
      },
      "Cluster": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "lineage",
          "confirmed",
          "settings",
          "status"
        ],
        "properties": {
          "name": {
            "description": "Null before it has begun.",
            "type": [
              "string",
              "null"
            ]
          },
          "lineage": {
            "description": "Null before it has begun.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/Lineage"
              },
              {
                "type": "null"
              }
            ]
          },
          "confirmed": {
            "description": "Whether it is as new as `consistency` asks for. False while nobody leads, and for `stale`:\nthen it is what this replica knows by itself.\n",
            "type": "boolean"
          },
          "settings": {
            "$ref": "#/components/schemas/Settings"
          },
          "status": {
            "$ref": "#/components/schemas/ClusterStatus"
          }
        }
      },
      "NewReplica": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "peer"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/ReplicaId"
          },
          "peer": {
            "description": "Where other replicas reach it.",
            "$ref": "#/components/schemas/PeerAddress"
          },
          "membership": {
            "type": "string",
            "enum": [
              "voter",
              "learner"
            ],
            "default": "voter"
          }
        }
      },
      "ReplicaChanges": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "changes"
        ],
        "properties": {
          "changes": {
            "type": "array",
            "minItems": 1,
            "maxItems": 64,
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "id",
                "membership"
              ],
              "properties": {
                "id": {
                  "$ref": "#/components/schemas/ReplicaId"
                },
                "membership": {
                  "description": "What it shall be.",
                  "type": "string",
                  "enum": [
                    "voter",
                    "learner",
                    "none"
                  ]
                },
                "peer": {
                  "description": "Where other replicas reach it, if it is new or has moved.",
                  "$ref": "#/components/schemas/PeerAddress"
                }
              }
            }
          },
          "leave": {
            "description": "Who leaves the joint configuration: `auto`, the leader, where there is need of one; `implicit`, the\nleader, and there is always one; `explicit`, whoever asks for it.\n",
            "type": "string",
            "enum": [
              "auto",
              "implicit",
              "explicit"
            ],
            "default": "auto"
          }
        }
      },
      "Transfer": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "to": {
            "description": "Not given, the best one.",
            "$ref": "#/components/schemas/ReplicaId"
          }
        }
      },
      "Settings": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "factor",
          "heartbeatMs",
          "fenceAfterMs",
          "hostTimeoutMs",
          "fenceMarginMs",
          "roundDeadlineMs",
          "coalesceMs",
          "beaconMs",
          "admissionsPerMinuteMax",
          "levelMax",
          "driftPpm"
        ],
        "properties": {
          "factor": {
            "description": "Virtual nodes per host on the ring.",
            "type": "integer",
            "minimum": 1,
            "maximum": 10000
          },
          "heartbeatMs": {
            "description": "A host says a heartbeat at least this often.",
            "type": "integer",
            "minimum": 10,
            "maximum": 86400000
          },
          "fenceAfterMs": {
            "description": "Length of a host's lease from the sending of an answered heartbeat.",
            "type": "integer",
            "minimum": 100,
            "maximum": 86400000
          },
          "hostTimeoutMs": {
            "description": "After this long without an answer a member is removed.",
            "type": "integer",
            "minimum": 100,
            "maximum": 86400000
          },
          "fenceMarginMs": {
            "description": "What the leader adds to `fenceAfterMs` before it counts a host as past its fence.",
            "type": "integer",
            "minimum": 0,
            "maximum": 86400000
          },
          "roundDeadlineMs": {
            "description": "A round's stragglers are removed this long after its first publication.",
            "type": "integer",
            "minimum": 1000,
            "maximum": 300000
          },
          "coalesceMs": {
            "description": "Changes within this time after a round make one next round.",
            "type": "integer",
            "minimum": 0,
            "maximum": 10000
          },
          "beaconMs": {
            "description": "Time between beacons.",
            "type": "integer",
            "minimum": 100,
            "maximum": 60000
          },
          "admissionsPerMinuteMax": {
            "description": "Admissions of a name within a minute before the next one waits; 0 switches damping off.",
            "type": "integer",
            "minimum": 0,
            "maximum": 1000
          },
          "levelMax": {
            "description": "The feature level of the cluster rises as far as this once all know it; 65535 allows every one.",
            "type": "integer",
            "minimum": 1,
            "maximum": 65535
          },
          "driftPpm": {
            "description": "Bound on the drift of clock rates, in parts per million.",
            "type": "integer",
            "minimum": 0,
            "maximum": 100000
          }
        }
      },
      "SettingsChange": {
        "type": "object",
        "additionalProperties": false,
        "minProperties": 1,
        "properties": {
          "factor": {
            "description": "Virtual nodes per host on the ring.",
            "type": "integer",
            "minimum": 1,
            "maximum": 10000
          },
          "heartbeatMs": {
            "description": "A host says a heartbeat at least this often.",
            "type": "integer",
            "minimum": 10,
            "maximum": 86400000
          },
          "fenceAfterMs": {
            "description": "Length of a host's lease from the sending of an answered heartbeat.",
            "type": "integer",
            "minimum": 100,
            "maximum": 86400000
          },
          "hostTimeoutMs": {
            "description": "After this long without an answer a member is removed.",
            "type": "integer",
            "minimum": 100,
            "maximum": 86400000
          },
          "fenceMarginMs": {
            "description": "What the leader adds to `fenceAfterMs` before it counts a host as past its fence.",
            "type": "integer",
            "minimum": 0,
            "maximum": 86400000
          },
          "roundDeadlineMs": {
            "description": "A round's stragglers are removed this long after its first publication.",
            "type": "integer",
            "minimum": 1000,
            "maximum": 300000
          },
          "coalesceMs": {
            "description": "Changes within this time after a round make one next round.",
            "type": "integer",
            "minimum": 0,
            "maximum": 10000
          },
          "beaconMs": {
            "description": "Time between beacons.",
            "type": "integer",
            "minimum": 100,
            "maximum": 60000
          },
          "admissionsPerMinuteMax": {
            "description": "Admissions of a name within a minute before the next one waits; 0 switches damping off.",
            "type": "integer",
            "minimum": 0,
            "maximum": 1000
          },
          "levelMax": {
            "description": "The feature level of the cluster rises as far as this once all know it; 65535 allows every one.",
            "type": "integer",
            "minimum": 1,
            "maximum": 65535
          },
          "driftPpm": {
            "description": "Bound on the drift of clock rates, in parts per million.",
            "type": "integer",
            "minimum": 0,
            "maximum": 100000
          }
        }
      },
      "Done": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "index",
          "term",
          "changed",
          "generation"
        ],
        "properties": {
          "index": {
            "description": "Log index at which it took effect.",
            "$ref": "#/components/schemas/LogIndex"
          },
          "term": {
            "$ref": "#/components/schemas/Term"
          },
          "changed": {
            "description": "False when there was nothing to do.",
            "type": "boolean"
          },
          "generation": {
            "description": "The namespace's newest generation after it; null where there is none.",
            "type": [
              "integer",
              "null"
            ],
            "minimum": 0,
            "maximum": 9007199254740991
          }
        }
      },
      "Check": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "ok",
          "detail"
        ],
        "properties": {
          "name": {
            "type": "string"
          },
          "ok": {
            "type": "boolean"
          },
          "detail": {
            "type": "string"
          }
        }
      },
      "Health": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "ok"
        ],
        "properties": {
          "ok": {
            "const": true
          },
          "checks": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Check"
            }
          }
        }
      },
      "Problem": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "type",
          "title",
          "status",
          "detail",
          "code",
          "retryable"
        ],
        "properties": {
          "type": {
            "description": "urn:berth:error: and the code.",
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "status": {
            "type": "integer",
            "minimum": 400,
            "maximum": 599
          },
          "detail": {
            "description": "What happened here and what to do.",
            "type": "string"
          },
          "code": {
            "description": "Stable; docs/errors.md explains each.",
            "type": "string"
          },
          "retryable": {
            "description": "Whether the same request can succeed later.",
            "type": "boolean"
          },
          "errors": {
            "description": "Each thing that was wrong with the request.",
            "type": "array",
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "in",
                "at",
                "detail"
              ],
              "properties": {
                "in": {
                  "type": "string",
                  "enum": [
                    "path",
                    "query",
                    "header",
                    "body"
                  ]
                },
                "at": {
                  "description": "The name or the JSON pointer.",
                  "type": "string"
                },
                "detail": {
                  "type": "string"
                }
              }
            }
          },
          "leader": {
            "description": "With `not_leader`, whom to ask; null when no leader is known.",
            "oneOf": [
              {
                "type": "null"
              },
              {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "id",
                  "address"
                ],
                "properties": {
                  "id": {
                    "$ref": "#/components/schemas/ReplicaId"
                  },
                  "address": {
                    "description": "URL of its REST.",
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                }
              }
            ]
          },
          "checks": {
            "description": "With a failed probe.",
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/Check"
            }
          }
        }
      }
    }
  }
}

const head = {
  "asyncapi": "3.0.0",
  "info": {
    "title": "Berth, messages of hosts and sidecars",
    "version": "1.0.0",
    "license": {
      "name": "MIT"
    },
    "description": "How a host (or an observer, which only looks up) talks to a replica over WebSocket, and what the\nleader publishes on NATS. `components.schemas` is the one truth: the validators of both sides\nand the TypeScript types are made from it.\n\nBytes in texts are base64url without padding (RFC 4648 §5). Integers are at most 2^53 - 1. In\nMessagePack those of 2^32 and more may arrive as float64. It is plain there: keys are text, nothing\nis an extension, nothing follows the message; what a host says has at most 1,024 values, keys among\nthem. Text is well-formed Unicode, in JSON escapes too.\nA receiver ignores fields and headers that are not listed here: a later version says more. What\nmust not be ignored comes with a new protocol version or feature level (docs/operations.md).\n\n**Digest of a table** (32 bytes as base64url), so that any language can check what it holds.\n`text(s)` is the UTF-8 length of s as uint32, then its bytes; all integers are little-endian; H\nis BLAKE2b-256, which gives 32 bytes.\n  - types = H of: number of types as uint32, then text(type) of each type in code point order\n  - member = H of: text(name), epoch as uint64, text(appId), cordoned as one byte (0 or 1), types\n  - bucket(b), for each byte b from 0 to 255 = H of all members whose first byte is b, in byte\n    order, one behind the other\n  - digest = H of: text(\"berth.table.2\") (of feature level 1), factor as uint32, text(hash scheme), number of members\n    as uint32, H of the 256 buckets one behind the other\nA change of one member costs the one or two buckets that hold it.\n\n**Signature.** Every message of a replica on NATS carries the header `Signature`: Ed25519 over the\nexact payload bytes, as base64url. An order or a pulse is signed by the key of the term that its\nheader `Term` names, an answer by the key of the replica that its header `Replica` names; both are\ndecimal digits without leading zeros, and stand once. The keys come over the WebSocket alone.\n\nAnybody may publish on NATS, and a small message can cost much to decode. So read the header, verify\nthe payload by the key that it chooses, and decode afterwards; keep an order of a term that is not\nknown yet as bytes. No header is signed: take nothing from them but the choice of the key, and\nignore an order or a pulse whose own `term` is not that of its header. A replica has one key for all\nterms that it leads.\n"
  },
  "defaultContentType": "application/json",
  "channels": {
    "host": {
      "address": "/v1/host",
      "description": "WebSocket of any replica. Subprotocols `berth.v1+json` (default: JSON in text frames) and\n`berth.v1+msgpack` (MessagePack in binary frames); a client that offers only others gets 400.\nA frame from a host is at most 64 KiB. The first message is `hello`, within 5 s. A message of\na replica with a large table in it may come in fragments (RFC 6455 §5.4).\n\nClose codes: 4400 invalid message, 4401 not authorised, 4408 no hello in time, 4409 another\nsession took over, 4410 left, 4426 protocol version or feature level, 4429 too many messages, 4503 go\nelsewhere; and of RFC 6455, 1002 not WebSocket, 1007 not UTF-8, 1008 too many fragments, 1009\nframe too large, 1011 a bug of the replica. Before it closes for 4400, 4408, 4426 or 4429 the\nreplica says in an `error` message what to do. It pings when nothing came for 5 s and drops\nthe connection after 15 s; it also drops one that does not read.\n\nA host may say 20 messages a second for ever, and 100 at once; pings count, and a `get` counts\nas ten. What it is asked for does not count: the first heartbeat that acknowledges a\ngeneration, disseminated or later, in the term of the leader. However often tables change, a\nhost that acknowledges each of them once is never closed for it.\n",
      "messages": {
        "hello": {
          "payload": {
            "$ref": "#/components/schemas/Hello"
          }
        },
        "heartbeat": {
          "payload": {
            "$ref": "#/components/schemas/Heartbeat"
          }
        },
        "leave": {
          "payload": {
            "$ref": "#/components/schemas/Leave"
          }
        },
        "bye": {
          "payload": {
            "$ref": "#/components/schemas/Bye"
          }
        },
        "fenced": {
          "payload": {
            "$ref": "#/components/schemas/Fenced"
          }
        },
        "get": {
          "payload": {
            "$ref": "#/components/schemas/Get"
          }
        },
        "types": {
          "payload": {
            "$ref": "#/components/schemas/Types"
          }
        },
        "welcome": {
          "payload": {
            "$ref": "#/components/schemas/Welcome"
          }
        },
        "waiting": {
          "payload": {
            "$ref": "#/components/schemas/Waiting"
          }
        },
        "answer": {
          "payload": {
            "$ref": "#/components/schemas/Answer"
          }
        },
        "refused": {
          "payload": {
            "$ref": "#/components/schemas/Refused"
          }
        },
        "fence": {
          "payload": {
            "$ref": "#/components/schemas/Fence"
          }
        },
        "left": {
          "payload": {
            "$ref": "#/components/schemas/Left"
          }
        },
        "leader": {
          "payload": {
            "$ref": "#/components/schemas/Leader"
          }
        },
        "registry": {
          "payload": {
            "$ref": "#/components/schemas/RegistryChanged"
          }
        },
        "table": {
          "payload": {
            "$ref": "#/components/schemas/TableAnswer"
          }
        },
        "typesTaken": {
          "payload": {
            "$ref": "#/components/schemas/TypesTaken"
          }
        },
        "typesWaiting": {
          "payload": {
            "$ref": "#/components/schemas/TypesWaiting"
          }
        },
        "goElsewhere": {
          "payload": {
            "$ref": "#/components/schemas/GoElsewhere"
          }
        },
        "error": {
          "payload": {
            "$ref": "#/components/schemas/Failure"
          }
        },
        "lock": {
          "payload": {
            "$ref": "#/components/schemas/Lock"
          }
        },
        "update": {
          "payload": {
            "$ref": "#/components/schemas/Update"
          }
        },
        "unlock": {
          "payload": {
            "$ref": "#/components/schemas/Unlock"
          }
        },
        "beacon": {
          "payload": {
            "$ref": "#/components/schemas/Beacon"
          }
        }
      }
    },
    "table": {
      "address": "berth.{cluster}.{namespace}.table",
      "description": "NATS. Every order of a namespace, in order, as MessagePack.\n",
      "parameters": {
        "cluster": {
          "description": "name of the cluster"
        },
        "namespace": {
          "description": "name of the namespace"
        }
      },
      "messages": {
        "lock": {
          "headers": {
            "description": "As NATS has them, all are text.",
            "type": "object",
            "required": [
              "Operation",
              "Generation",
              "Term",
              "Signature"
            ],
            "properties": {
              "Operation": {
                "type": "string",
                "enum": [
                  "lock",
                  "update",
                  "unlock",
                  "beacon"
                ]
              },
              "Generation": {
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)$",
                "x-form": "of a whole number"
              },
              "Term": {
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)$",
                "x-form": "of a whole number"
              },
              "Signature": {
                "description": "Ed25519 over the payload as it was sent, base64url.",
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{86}$",
                "x-form": "of 64 bytes as base64url"
              }
            }
          },
          "payload": {
            "$ref": "#/components/schemas/Lock"
          }
        },
        "update": {
          "headers": {
            "description": "As NATS has them, all are text.",
            "type": "object",
            "required": [
              "Operation",
              "Generation",
              "Term",
              "Signature"
            ],
            "properties": {
              "Operation": {
                "type": "string",
                "enum": [
                  "lock",
                  "update",
                  "unlock",
                  "beacon"
                ]
              },
              "Generation": {
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)$",
                "x-form": "of a whole number"
              },
              "Term": {
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)$",
                "x-form": "of a whole number"
              },
              "Signature": {
                "description": "Ed25519 over the payload as it was sent, base64url.",
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{86}$",
                "x-form": "of 64 bytes as base64url"
              }
            }
          },
          "payload": {
            "$ref": "#/components/schemas/Update"
          }
        },
        "unlock": {
          "headers": {
            "description": "As NATS has them, all are text.",
            "type": "object",
            "required": [
              "Operation",
              "Generation",
              "Term",
              "Signature"
            ],
            "properties": {
              "Operation": {
                "type": "string",
                "enum": [
                  "lock",
                  "update",
                  "unlock",
                  "beacon"
                ]
              },
              "Generation": {
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)$",
                "x-form": "of a whole number"
              },
              "Term": {
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)$",
                "x-form": "of a whole number"
              },
              "Signature": {
                "description": "Ed25519 over the payload as it was sent, base64url.",
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{86}$",
                "x-form": "of 64 bytes as base64url"
              }
            }
          },
          "payload": {
            "$ref": "#/components/schemas/Unlock"
          }
        },
        "beacon": {
          "headers": {
            "description": "As NATS has them, all are text.",
            "type": "object",
            "required": [
              "Operation",
              "Generation",
              "Term",
              "Signature"
            ],
            "properties": {
              "Operation": {
                "type": "string",
                "enum": [
                  "lock",
                  "update",
                  "unlock",
                  "beacon"
                ]
              },
              "Generation": {
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)$",
                "x-form": "of a whole number"
              },
              "Term": {
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)$",
                "x-form": "of a whole number"
              },
              "Signature": {
                "description": "Ed25519 over the payload as it was sent, base64url.",
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{86}$",
                "x-form": "of 64 bytes as base64url"
              }
            }
          },
          "payload": {
            "$ref": "#/components/schemas/Beacon"
          }
        }
      }
    },
    "pulse": {
      "address": "berth.{cluster}.pulse",
      "description": "NATS. Every `beaconMs` the leader says here that it is there, for the sidecars of all\nnamespaces. A pulse of a term whose key is not known yet shows nothing, and is a reason to ask for\nthe table, once in a while.\n",
      "parameters": {
        "cluster": {
          "description": "name of the cluster"
        }
      },
      "messages": {
        "pulse": {
          "headers": {
            "type": "object",
            "required": [
              "Operation",
              "Term",
              "Signature"
            ],
            "properties": {
              "Operation": {
                "type": "string",
                "const": "pulse"
              },
              "Term": {
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)$",
                "x-form": "of a whole number"
              },
              "Signature": {
                "description": "Ed25519 over the payload as it was sent, base64url.",
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{86}$",
                "x-form": "of 64 bytes as base64url"
              }
            }
          },
          "payload": {
            "$ref": "#/components/schemas/Pulse"
          }
        }
      }
    },
    "get": {
      "address": "berth.{cluster}.{namespace}.get",
      "description": "NATS request, MessagePack of at most 1,024 bytes (a longer one is not read), queue group `berth`.\nThe answer comes in one or more parts on the reply subject. A replica that is behind the generation that is asked for stays\nsilent, and so does one of which too much is asked: about 8 MiB of answers a second for a\nnamespace, 16 MiB for all. Whoever gets no answer asks again after a second or two, or over a\nWebSocket.\n",
      "parameters": {
        "cluster": {
          "description": "name of the cluster"
        },
        "namespace": {
          "description": "name of the namespace"
        }
      },
      "messages": {
        "get": {
          "payload": {
            "$ref": "#/components/schemas/Get"
          }
        },
        "table": {
          "headers": {
            "type": "object",
            "required": [
              "Operation",
              "Replica",
              "Signature"
            ],
            "properties": {
              "Operation": {
                "type": "string",
                "const": "table"
              },
              "Replica": {
                "type": "string",
                "pattern": "^(0|[1-9][0-9]*)$",
                "x-form": "of a whole number"
              },
              "Signature": {
                "description": "Ed25519 over the payload as it was sent, base64url.",
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{86}$",
                "x-form": "of 64 bytes as base64url"
              }
            }
          },
          "payload": {
            "$ref": "#/components/schemas/TableAnswer"
          }
        }
      }
    }
  },
  "operations": {
    "hostSends": {
      "action": "receive",
      "channel": {
        "$ref": "#/channels/host"
      },
      "messages": [
        {
          "$ref": "#/channels/host/messages/hello"
        },
        {
          "$ref": "#/channels/host/messages/heartbeat"
        },
        {
          "$ref": "#/channels/host/messages/leave"
        },
        {
          "$ref": "#/channels/host/messages/bye"
        },
        {
          "$ref": "#/channels/host/messages/fenced"
        },
        {
          "$ref": "#/channels/host/messages/get"
        },
        {
          "$ref": "#/channels/host/messages/types"
        }
      ]
    },
    "replicaSends": {
      "action": "send",
      "channel": {
        "$ref": "#/channels/host"
      },
      "messages": [
        {
          "$ref": "#/channels/host/messages/welcome"
        },
        {
          "$ref": "#/channels/host/messages/waiting"
        },
        {
          "$ref": "#/channels/host/messages/answer"
        },
        {
          "$ref": "#/channels/host/messages/refused"
        },
        {
          "$ref": "#/channels/host/messages/fence"
        },
        {
          "$ref": "#/channels/host/messages/left"
        },
        {
          "$ref": "#/channels/host/messages/leader"
        },
        {
          "$ref": "#/channels/host/messages/registry"
        },
        {
          "$ref": "#/channels/host/messages/table"
        },
        {
          "$ref": "#/channels/host/messages/typesTaken"
        },
        {
          "$ref": "#/channels/host/messages/typesWaiting"
        },
        {
          "$ref": "#/channels/host/messages/goElsewhere"
        },
        {
          "$ref": "#/channels/host/messages/error"
        },
        {
          "$ref": "#/channels/host/messages/lock"
        },
        {
          "$ref": "#/channels/host/messages/update"
        },
        {
          "$ref": "#/channels/host/messages/unlock"
        },
        {
          "$ref": "#/channels/host/messages/beacon"
        }
      ]
    },
    "leaderPublishes": {
      "action": "send",
      "channel": {
        "$ref": "#/channels/table"
      },
      "messages": [
        {
          "$ref": "#/channels/table/messages/lock"
        },
        {
          "$ref": "#/channels/table/messages/update"
        },
        {
          "$ref": "#/channels/table/messages/unlock"
        },
        {
          "$ref": "#/channels/table/messages/beacon"
        }
      ]
    },
    "leaderPulses": {
      "action": "send",
      "channel": {
        "$ref": "#/channels/pulse"
      },
      "messages": [
        {
          "$ref": "#/channels/pulse/messages/pulse"
        }
      ]
    },
    "sidecarAsks": {
      "action": "receive",
      "channel": {
        "$ref": "#/channels/get"
      },
      "messages": [
        {
          "$ref": "#/channels/get/messages/get"
        }
      ],
      "reply": {
        "channel": {
          "$ref": "#/channels/get"
        },
        "messages": [
          {
            "$ref": "#/channels/get/messages/table"
          }
        ]
      }
    }
  }
}
const components = {}

export const asyncapi: object = { ...head, components: { ...components, schemas } }
