// Generated from crds/containersecuritypolicies.security.palisade.dev.yaml by npm run generate. Do not edit.
import type {ObjectMeta} from './meta.ts';

/**
 * ContainerSecurityPolicy says what the containers of its namespace may reach, do and be touched by. Palisade keeps the NetworkPolicies, the Pod Security labels of the namespace, the Roles, RoleBindings and ImageScan that follow from it, repairs them when somebody changes them, and withdraws them when the policy goes. The API server itself refuses images that it does not allow. Several policies in one namespace add up, but every one must allow an image.
 */
export interface ContainerSecurityPolicy {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  /**
   * What the policy asks for. A section that is absent protects nothing and generates nothing.
   */
  spec: {
    /**
     * Enforce puts the policy in force. Audit puts nothing in force: status.preview says what Enforce would create, change and break, and who applies an image that images does not allow is warned. From Enforce to Audit, what was generated is withdrawn as on deletion.
     */
    mode?: 'Enforce' | 'Audit';
    /**
     * true leaves everything as it is: nothing is created, changed, repaired or withdrawn until it is false again. What is in force stays in force. Deleting the policy still withdraws it.
     */
    suspend?: boolean;
    /**
     * Isolates pods: in the isolated directions only what allow names gets through, and what other NetworkPolicies of the namespace allow. Generates NetworkPolicies.
     */
    network?: {
      /**
       * Selects pods by their labels; every requirement must hold. {} selects all. As spec.network.podSelector: whose traffic the policy governs. As pods of a rule: which of those pods the rule is for. As pods of a peer: which pods of the peer's namespaces.
       */
      podSelector?: {
        /**
         * Labels that must be there with exactly these values.
         */
        matchLabels?: {
          [k: string]: string;
        };
        /**
         * Further requirements on labels; all must hold.
         *
         * @maxItems 8
         */
        matchExpressions?: {
          /**
           * The label's key.
           */
          key: string;
          /**
           * How the label relates to values.
           */
          operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
          /**
           * Values for In and NotIn.
           *
           * @maxItems 32
           */
          values?: string[];
        }[];
      };
      /**
       * The directions in which everything is denied that is not allowed. Default: both. A direction that is not named stays as it is.
       *
       * @minItems 1
       * @maxItems 2
       */
      isolate?: ('Ingress' | 'Egress')[];
      /**
       * What gets through in the isolated directions.
       */
      allow?: {
        /**
         * Egress to the cluster's DNS (UDP and TCP), wherever the operator's --dns-peers says it is. Default: true when Egress is isolated.
         */
        dns?: boolean;
        /**
         * true allows all traffic with pods of the same namespace, in each isolated direction.
         */
        sameNamespace?: boolean;
        /**
         * true allows egress to the Kubernetes API server's own addresses and ports, followed as they change; never a whole network. While no address is known nothing is allowed, and NetworkReady says so.
         */
        apiServer?: boolean;
        /**
         * Who may connect to the pods. The rules add up.
         *
         * @maxItems 64
         */
        ingress?: {
          /**
           * What the rule is for. Shown by palisade explain.
           */
          description?: string;
          /**
           * Selects pods by their labels; every requirement must hold. {} selects all. As spec.network.podSelector: whose traffic the policy governs. As pods of a rule: which of those pods the rule is for. As pods of a peer: which pods of the peer's namespaces.
           */
          pods?: {
            /**
             * Labels that must be there with exactly these values.
             */
            matchLabels?: {
              [k: string]: string;
            };
            /**
             * Further requirements on labels; all must hold.
             *
             * @maxItems 8
             */
            matchExpressions?: {
              /**
               * The label's key.
               */
              key: string;
              /**
               * How the label relates to values.
               */
              operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
              /**
               * Values for In and NotIn.
               *
               * @maxItems 32
               */
              values?: string[];
            }[];
          };
          /**
           * The peers of the rule; one that fits is enough. A peer is a network (cidr), pods (namespaces or namespaceSelector, pods, or both together), or anywhere. It may not be empty.
           *
           * @minItems 1
           * @maxItems 32
           */
          from: {
            /**
             * Names of namespaces. With pods: those pods there; without: all their pods.
             *
             * @minItems 1
             * @maxItems 32
             */
            namespaces?: string[];
            /**
             * Selects pods by their labels; every requirement must hold. {} selects all. As spec.network.podSelector: whose traffic the policy governs. As pods of a rule: which of those pods the rule is for. As pods of a peer: which pods of the peer's namespaces.
             */
            namespaceSelector?: {
              /**
               * Labels that must be there with exactly these values.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * Further requirements on labels; all must hold.
               *
               * @maxItems 8
               */
              matchExpressions?: {
                /**
                 * The label's key.
                 */
                key: string;
                /**
                 * How the label relates to values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
                /**
                 * Values for In and NotIn.
                 *
                 * @maxItems 32
                 */
                values?: string[];
              }[];
            };
            /**
             * Selects pods by their labels; every requirement must hold. {} selects all. As spec.network.podSelector: whose traffic the policy governs. As pods of a rule: which of those pods the rule is for. As pods of a peer: which pods of the peer's namespaces.
             */
            pods?: {
              /**
               * Labels that must be there with exactly these values.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * Further requirements on labels; all must hold.
               *
               * @maxItems 8
               */
              matchExpressions?: {
                /**
                 * The label's key.
                 */
                key: string;
                /**
                 * How the label relates to values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
                /**
                 * Values for In and NotIn.
                 *
                 * @maxItems 32
                 */
                values?: string[];
              }[];
            };
            /**
             * An IPv4 or IPv6 network outside the cluster, as in 10.20.0.0/16. Many network plug-ins never match pods by address: name those by namespaces and pods.
             */
            cidr?: string;
            /**
             * Parts of cidr that are left out.
             *
             * @minItems 1
             * @maxItems 16
             */
            except?: string[];
            /**
             * true: every address and every pod. The only way to say everything.
             */
            anywhere?: true;
          }[];
          /**
           * The ports of the rule. Absent: every port. NetworkPolicies act on the pods' own ports, not on a Service's.
           *
           * @minItems 1
           * @maxItems 32
           */
          ports?: {
            /**
             * The port's number, or its name in the pod. Absent: every port of the protocol.
             */
            port?: number | string;
            /**
             * The last port of a range that starts at port.
             */
            endPort?: number;
            /**
             * TCP (default), UDP or SCTP.
             */
            protocol?: 'TCP' | 'UDP' | 'SCTP';
          }[];
        }[];
        /**
         * Where the pods may connect to. The rules add up.
         *
         * @maxItems 64
         */
        egress?: {
          /**
           * What the rule is for. Shown by palisade explain.
           */
          description?: string;
          /**
           * Selects pods by their labels; every requirement must hold. {} selects all. As spec.network.podSelector: whose traffic the policy governs. As pods of a rule: which of those pods the rule is for. As pods of a peer: which pods of the peer's namespaces.
           */
          pods?: {
            /**
             * Labels that must be there with exactly these values.
             */
            matchLabels?: {
              [k: string]: string;
            };
            /**
             * Further requirements on labels; all must hold.
             *
             * @maxItems 8
             */
            matchExpressions?: {
              /**
               * The label's key.
               */
              key: string;
              /**
               * How the label relates to values.
               */
              operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
              /**
               * Values for In and NotIn.
               *
               * @maxItems 32
               */
              values?: string[];
            }[];
          };
          /**
           * The peers of the rule; one that fits is enough. A peer is a network (cidr), pods (namespaces or namespaceSelector, pods, or both together), or anywhere. It may not be empty.
           *
           * @minItems 1
           * @maxItems 32
           */
          to: {
            /**
             * Names of namespaces. With pods: those pods there; without: all their pods.
             *
             * @minItems 1
             * @maxItems 32
             */
            namespaces?: string[];
            /**
             * Selects pods by their labels; every requirement must hold. {} selects all. As spec.network.podSelector: whose traffic the policy governs. As pods of a rule: which of those pods the rule is for. As pods of a peer: which pods of the peer's namespaces.
             */
            namespaceSelector?: {
              /**
               * Labels that must be there with exactly these values.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * Further requirements on labels; all must hold.
               *
               * @maxItems 8
               */
              matchExpressions?: {
                /**
                 * The label's key.
                 */
                key: string;
                /**
                 * How the label relates to values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
                /**
                 * Values for In and NotIn.
                 *
                 * @maxItems 32
                 */
                values?: string[];
              }[];
            };
            /**
             * Selects pods by their labels; every requirement must hold. {} selects all. As spec.network.podSelector: whose traffic the policy governs. As pods of a rule: which of those pods the rule is for. As pods of a peer: which pods of the peer's namespaces.
             */
            pods?: {
              /**
               * Labels that must be there with exactly these values.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * Further requirements on labels; all must hold.
               *
               * @maxItems 8
               */
              matchExpressions?: {
                /**
                 * The label's key.
                 */
                key: string;
                /**
                 * How the label relates to values.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
                /**
                 * Values for In and NotIn.
                 *
                 * @maxItems 32
                 */
                values?: string[];
              }[];
            };
            /**
             * An IPv4 or IPv6 network outside the cluster, as in 10.20.0.0/16. Many network plug-ins never match pods by address: name those by namespaces and pods.
             */
            cidr?: string;
            /**
             * Parts of cidr that are left out.
             *
             * @minItems 1
             * @maxItems 16
             */
            except?: string[];
            /**
             * true: every address and every pod. The only way to say everything.
             */
            anywhere?: true;
          }[];
          /**
           * The ports of the rule. Absent: every port. NetworkPolicies act on the pods' own ports, not on a Service's.
           *
           * @minItems 1
           * @maxItems 32
           */
          ports?: {
            /**
             * The port's number, or its name in the pod. Absent: every port of the protocol.
             */
            port?: number | string;
            /**
             * The last port of a range that starts at port.
             */
            endPort?: number;
            /**
             * TCP (default), UDP or SCTP.
             */
            protocol?: 'TCP' | 'UDP' | 'SCTP';
          }[];
        }[];
      };
    };
    /**
     * The Pod Security Standard of the namespace, set as its pod-security.kubernetes.io labels. Of several policies the strictest decides. A label that somebody else holds is never overwritten, and never weakened.
     */
    podSecurity?: {
      /**
       * privileged allows everything, baseline refuses known privilege escalations, restricted is current hardening practice.
       */
      level: 'privileged' | 'baseline' | 'restricted';
      /**
       * The Kubernetes version whose definition of the level counts: latest, or one like v1.36.
       */
      version?: string;
      /**
       * What to do while existing pods violate the level. Wait: audit and warn at once, enforce as soon as no pod violates it. Enforce: enforce at once; running pods stay, but they cannot be started again.
       */
      onViolation?: 'Wait' | 'Enforce';
    };
    /**
     * Who may do what in the namespace. Generates Roles and RoleBindings.
     */
    access?: {
      /**
       * Gives one of Palisade's three access profiles to subjects, in this namespace only.
       *
       * @maxItems 3
       */
      bindings?: {
        /**
         * viewer reads workloads, services and logs; deployer also changes workloads; admin also Secrets and access to pods. The ClusterRoles palisade-viewer, palisade-deployer, palisade-admin say it exactly.
         */
        profile: 'viewer' | 'deployer' | 'admin';
        /**
         * Who gets the rights.
         *
         * @minItems 1
         * @maxItems 64
         */
        subjects: {
          /**
           * User and Group as the API server authenticates them; a ServiceAccount of this namespace.
           */
          kind: 'User' | 'Group' | 'ServiceAccount';
          /**
           * The subject's name.
           */
          name: string;
        }[];
      }[];
      /**
       * Rights of your own making. The API server refuses what the operator may not grant; AccessReady then says EscalationRefused and which rights.
       *
       * @maxItems 16
       */
      roles?: {
        /**
         * What the role is called in this policy; part of the generated Role's name.
         */
        name: string;
        /**
         * The rights, as in a Role.
         *
         * @minItems 1
         * @maxItems 16
         */
        rules: {
          /**
           * API groups; "" is the core group.
           *
           * @minItems 1
           * @maxItems 16
           */
          apiGroups: string[];
          /**
           * Resources in the plural, as in pods or pods/log.
           *
           * @minItems 1
           * @maxItems 32
           */
          resources: string[];
          /**
           * Only the objects with these names. Absent: all.
           *
           * @minItems 1
           * @maxItems 64
           */
          resourceNames?: string[];
          /**
           * What may be done, as in get, list, watch.
           *
           * @minItems 1
           * @maxItems 16
           */
          verbs: string[];
        }[];
        /**
         * Who gets the rights.
         *
         * @minItems 1
         * @maxItems 64
         */
        subjects: {
          /**
           * User and Group as the API server authenticates them; a ServiceAccount of this namespace.
           */
          kind: 'User' | 'Group' | 'ServiceAccount';
          /**
           * The subject's name.
           */
          name: string;
        }[];
      }[];
    };
    /**
     * Which images containers of the namespace may have, image volumes too. The API server enforces it, also while the operator is down. Of several policies every one must allow an image. Pods that run already go on.
     */
    images?: {
      /**
       * Repositories, each as registry host and path without tag or digest; with /* at the end all repositories below it. docker.io/library/nginx is what nginx means. Absent: every repository.
       *
       * @minItems 1
       * @maxItems 64
       */
      allowed?: string[];
      /**
       * true: an image must be named by its digest, as in name@sha256:<64 hexadecimal digits>.
       */
      requireDigest?: boolean;
    };
    /**
     * Keeps one ImageScan of the policy's name, about every image that runs in the namespace; its status has the findings. {} is enough. For a choice of pods, further images, pull secrets or exceptions write an ImageScan instead.
     */
    scan?: {
      /**
       * When to scan again, as five cron fields (minute hour day month weekday) or @hourly, @daily, @weekly, @monthly, @yearly. Absent: a new image is scanned at once, and every image when the vulnerability database changes.
       */
      schedule?: string;
      /**
       * The time zone of schedule, as in Europe/Berlin. Absent: UTC.
       */
      timeZone?: string;
      /**
       * The least severity that makes the ImageScan's condition Compliant false. None: nothing does. Findings of unknown severity count as Low.
       */
      failOn?: 'Critical' | 'High' | 'Medium' | 'Low' | 'None';
      /**
       * true: findings that no newer package fixes are counted but do not make Compliant false.
       */
      ignoreUnfixed?: boolean;
    };
  };
  /**
   * What the operator last saw and did.
   */
  status?: {
    /**
     * The generation of spec that this status is about.
     */
    observedGeneration?: number;
    /**
     * The value of the annotation security.palisade.dev/reconcile-requested-at that was last acted on.
     */
    lastHandledReconcileAt?: string;
    /**
     * Ready always; NetworkReady, PodSecurityReady, AccessReady, ImagesReady and ScanReady for the sections that exist; Reconciling and Stalled only while true. Each message names the object, the cause and the cure.
     */
    conditions?: {
      /**
       * The condition's name.
       */
      type: string;
      /**
       * True, False or Unknown.
       */
      status: 'True' | 'False' | 'Unknown';
      /**
       * One word for programs.
       */
      reason: string;
      /**
       * Object, cause and cure, for people.
       */
      message: string;
      /**
       * The generation that the condition is about.
       */
      observedGeneration?: number;
      /**
       * When status last changed.
       */
      lastTransitionTime: string;
    }[];
    /**
     * What is in force of spec.network.
     */
    network?: {
      /**
       * NetworkPolicies in force.
       */
      policies?: number;
      /**
       * Allowed ingress: rules in force, sameNamespace counted as one.
       */
      ingressRules?: number;
      /**
       * Allowed egress: rules in force; dns, sameNamespace and apiServer counted as one each.
       */
      egressRules?: number;
    };
    /**
     * What is in force of spec.podSecurity.
     */
    podSecurity?: {
      /**
       * Level and version that this policy asks for, as in restricted:latest.
       */
      requested?: string;
      /**
       * The level that the namespace enforces; absent when it enforces none.
       */
      enforced?: string;
      /**
       * The policy whose request decides in this namespace, or the field manager that holds the label.
       */
      decidedBy?: string;
      /**
       * While enforcement waits: existing pods that violate the requested level.
       */
      violatingPods?: number;
      /**
       * Which pods violate what, in the API server's words; at most 10 groups.
       *
       * @maxItems 10
       */
      violations?: string[];
    };
    /**
     * What is in force of spec.access.
     */
    access?: {
      /**
       * Roles in force.
       */
      roles?: number;
      /**
       * RoleBindings in force.
       */
      bindings?: number;
    };
    /**
     * What is in force of spec.images.
     */
    images?: {
      /**
       * Existing pods with an image that is not allowed. They go on, but cannot be made again.
       */
      disallowedPods?: number;
      /**
       * Their images, as pod: image; at most 10.
       *
       * @maxItems 10
       */
      disallowedImages?: string[];
    };
    /**
     * mode Audit: what Enforce would do now.
     */
    preview?: {
      /**
       * Objects that Enforce would create, as kind/name.
       *
       * @maxItems 64
       */
      create?: string[];
      /**
       * Labels of the namespace that Enforce would change, from what to what.
       *
       * @maxItems 16
       */
      change?: string[];
      /**
       * What the API server would refuse, in its words.
       *
       * @maxItems 16
       */
      refused?: string[];
      /**
       * Existing pods that would violate the requested level.
       */
      violatingPods?: number;
      /**
       * Which pods violate what, in the API server's words; at most 10 groups.
       *
       * @maxItems 10
       */
      violations?: string[];
      /**
       * Existing pods whose traffic would be restricted.
       */
      isolatedPods?: number;
      /**
       * Existing pods with an image that is not allowed. They go on, but cannot be made again.
       */
      disallowedPods?: number;
      /**
       * Their images, as pod: image; at most 10.
       *
       * @maxItems 10
       */
      disallowedImages?: string[];
    };
  };
}
