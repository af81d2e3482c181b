// Generated from sidecar.openapi.yaml by `npm run generate`. Do not edit.

import type { RouteSource } from '../../rest/operation.js'
import type { OperationId } from './operation.js'

export const routeSources: readonly RouteSource<OperationId>[] = [
  {
    "operationId": "whereIsActor",
    "method": "GET",
    "url": "/v1/where/:type/:id",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "type": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "x-max-bytes": 128
          },
          "id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "x-max-bytes": 1024
          }
        },
        "required": [
          "type",
          "id"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "timeout": {
            "type": "number",
            "minimum": 0,
            "maximum": 86400,
            "default": 30
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "host",
                  "appId",
                  "generation"
                ],
                "properties": {
                  "host": {
                    "type": "string"
                  },
                  "appId": {
                    "type": "string"
                  },
                  "generation": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "ownsActor",
    "method": "GET",
    "url": "/v1/owns/:type/:id",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "type": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "x-max-bytes": 128
          },
          "id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "x-max-bytes": 1024
          }
        },
        "required": [
          "type",
          "id"
        ]
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "oneOf": [
                  {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "owns",
                      "token",
                      "generation",
                      "holdsMs"
                    ],
                    "properties": {
                      "owns": {
                        "const": true
                      },
                      "token": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "generation": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "holdsMs": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 500
                      }
                    }
                  },
                  {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "owns"
                    ],
                    "properties": {
                      "owns": {
                        "const": false
                      }
                    }
                  }
                ]
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "getState",
    "method": "GET",
    "url": "/v1/state",
    "schema": {
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "ready",
                  "host",
                  "application",
                  "calls",
                  "sidecar"
                ],
                "properties": {
                  "ready": {
                    "type": "boolean"
                  },
                  "host": {
                    "oneOf": [
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "name",
                          "appId",
                          "types"
                        ],
                        "properties": {
                          "name": {
                            "type": "string"
                          },
                          "appId": {
                            "type": "string"
                          },
                          "types": {
                            "type": "array",
                            "items": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 128,
                              "x-max-bytes": 128
                            }
                          }
                        }
                      },
                      {
                        "type": "null"
                      }
                    ]
                  },
                  "application": {
                    "oneOf": [
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "state",
                          "forMs",
                          "reason"
                        ],
                        "properties": {
                          "state": {
                            "type": "string",
                            "enum": [
                              "waiting",
                              "up",
                              "unhealthy"
                            ]
                          },
                          "forMs": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          },
                          "reason": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      },
                      {
                        "type": "null"
                      }
                    ]
                  },
                  "calls": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "running",
                      "waiting",
                      "forwarded",
                      "actors"
                    ],
                    "properties": {
                      "running": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "waiting": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "forwarded": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "actors": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      }
                    }
                  },
                  "sidecar": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "phase",
                      "broken",
                      "isFenced",
                      "leaseLeftMs",
                      "replica",
                      "replicas",
                      "replicaSilentMs",
                      "nats",
                      "natsReason",
                      "natsForbids",
                      "ordersSilentMs",
                      "cluster",
                      "namespace",
                      "lineage",
                      "epoch",
                      "term",
                      "generation",
                      "digest",
                      "members",
                      "isMember",
                      "tableAgeMs",
                      "types",
                      "typesWaiting",
                      "movingTo",
                      "movingForMs",
                      "roundDeadlineMs",
                      "missing",
                      "waiting",
                      "failure",
                      "heldOrders",
                      "heldOrderBytes",
                      "rejectedOrders"
                    ],
                    "properties": {
                      "phase": {
                        "type": "string",
                        "enum": [
                          "connecting",
                          "waiting",
                          "serving",
                          "fencing",
                          "leaving",
                          "left"
                        ]
                      },
                      "broken": {
                        "type": [
                          "string",
                          "null"
                        ]
                      },
                      "isFenced": {
                        "type": "boolean"
                      },
                      "leaseLeftMs": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "replica": {
                        "type": [
                          "string",
                          "null"
                        ]
                      },
                      "replicas": {
                        "type": "array",
                        "items": {
                          "type": "object",
                          "additionalProperties": false,
                          "required": [
                            "url",
                            "reason"
                          ],
                          "properties": {
                            "url": {
                              "type": "string"
                            },
                            "reason": {
                              "type": [
                                "string",
                                "null"
                              ]
                            }
                          }
                        }
                      },
                      "replicaSilentMs": {
                        "type": [
                          "integer",
                          "null"
                        ],
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "nats": {
                        "type": "string",
                        "enum": [
                          "down",
                          "listening",
                          "silent"
                        ]
                      },
                      "natsReason": {
                        "type": [
                          "string",
                          "null"
                        ]
                      },
                      "natsForbids": {
                        "type": "array",
                        "items": {
                          "type": "string"
                        }
                      },
                      "ordersSilentMs": {
                        "type": [
                          "integer",
                          "null"
                        ],
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "cluster": {
                        "type": [
                          "string",
                          "null"
                        ]
                      },
                      "namespace": {
                        "type": "string"
                      },
                      "lineage": {
                        "type": [
                          "string",
                          "null"
                        ]
                      },
                      "epoch": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "term": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "generation": {
                        "type": [
                          "integer",
                          "null"
                        ],
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "digest": {
                        "type": [
                          "string",
                          "null"
                        ]
                      },
                      "members": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "isMember": {
                        "type": "boolean"
                      },
                      "tableAgeMs": {
                        "type": [
                          "integer",
                          "null"
                        ],
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "types": {
                        "type": "array",
                        "items": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 128,
                          "x-max-bytes": 128
                        }
                      },
                      "typesWaiting": {
                        "oneOf": [
                          {
                            "type": "object",
                            "additionalProperties": false,
                            "required": [
                              "code",
                              "detail"
                            ],
                            "properties": {
                              "code": {
                                "type": "string"
                              },
                              "detail": {
                                "type": "string"
                              }
                            }
                          },
                          {
                            "type": "null"
                          }
                        ]
                      },
                      "movingTo": {
                        "type": [
                          "integer",
                          "null"
                        ],
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "movingForMs": {
                        "type": [
                          "integer",
                          "null"
                        ],
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "roundDeadlineMs": {
                        "type": [
                          "integer",
                          "null"
                        ],
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "missing": {
                        "type": [
                          "integer",
                          "null"
                        ],
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "waiting": {
                        "oneOf": [
                          {
                            "type": "object",
                            "additionalProperties": false,
                            "required": [
                              "code",
                              "detail"
                            ],
                            "properties": {
                              "code": {
                                "type": "string"
                              },
                              "detail": {
                                "type": "string"
                              }
                            }
                          },
                          {
                            "type": "null"
                          }
                        ]
                      },
                      "failure": {
                        "oneOf": [
                          {
                            "type": "object",
                            "additionalProperties": false,
                            "required": [
                              "code",
                              "detail"
                            ],
                            "properties": {
                              "code": {
                                "type": "string"
                              },
                              "detail": {
                                "type": "string"
                              }
                            }
                          },
                          {
                            "type": "null"
                          }
                        ]
                      },
                      "heldOrders": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "heldOrderBytes": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "rejectedOrders": {
                        "type": "object",
                        "additionalProperties": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "streamEvents",
    "method": "GET",
    "url": "/v1/events",
    "schema": {
      "response": {
        "200": {
          "content": {
            "text/event-stream": {
              "schema": {
                "type": "string"
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "leave",
    "method": "POST",
    "url": "/v1/leave",
    "schema": {
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "left"
                ],
                "properties": {
                  "left": {
                    "const": true
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "healthz",
    "method": "GET",
    "url": "/healthz",
    "schema": {
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "ok"
                ],
                "properties": {
                  "ok": {
                    "const": true
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "readyz",
    "method": "GET",
    "url": "/readyz",
    "schema": {
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "ok"
                ],
                "properties": {
                  "ok": {
                    "const": true
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "metrics",
    "method": "GET",
    "url": "/metrics",
    "schema": {
      "response": {
        "200": {
          "content": {
            "text/plain": {
              "schema": {
                "type": "string"
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "openapiDocument",
    "method": "GET",
    "url": "/v1/openapi.json",
    "schema": {
      "response": {
        "200": {
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
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
]
