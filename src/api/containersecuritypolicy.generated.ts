// Generated from crds/containersecuritypolicies.security.palisade.dev.yaml by npm run generate. Do not edit.
import type {ObjectMeta} from './meta.ts';

/**
 * ContainerSecurityPolicy restricts the network traffic, the privileges, the access and the images of the pods in its namespace. Palisade generates NetworkPolicies, Pod Security labels of the namespace, Roles, RoleBindings and an ImageScan from it, and deletes them with the policy. It reverts changes that others make to these objects, restores labels that they remove from the namespace, and reports labels that they change. The API server enforces the image rules. Several policies in one namespace add up, except that every policy must allow an image.
 */
export interface ContainerSecurityPolicy {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  /**
   * Desired state. An absent section protects nothing and generates nothing.
   */
  spec: {
    /**
     * Enforce puts the policy in force. Audit puts nothing in force: status.preview shows what Enforce would create, change and break, and applying a disallowed image returns a warning. Changing Enforce to Audit withdraws the generated objects, as deletion does.
     */
    mode?: 'Enforce' | 'Audit';
    /**
     * true stops reconciliation: nothing is created, changed, repaired or withdrawn until it is false again. Generated objects stay in force. Deleting the policy still withdraws them.
     */
    suspend?: boolean;
    /**
     * Labels of every generated object besides those of Palisade, as rules of the cluster may require them. A label here replaces one of the operator's flag --child-labels. Changing it needs the rights that writing every section needs.
     */
    childLabels?: {
      [k: string]: string;
    };
    /**
     * Isolates pods. In an isolated direction, pods have only the traffic that spec.network.allow or another NetworkPolicy of the namespace allows. Generates NetworkPolicies.
     */
    network?: {
      /**
       * Pods that the policy isolates, by their labels. Absent or {}, all pods of the namespace.
       */
      podSelector?: {
        /**
         * Labels that must be present with exactly these values.
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
           * Key of the label.
           */
          key: string;
          /**
           * Relation between the label's value and values.
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
       * Directions in which all traffic is denied unless it is allowed. Default: both. The policy does not affect a direction that is not listed.
       *
       * @minItems 1
       * @maxItems 2
       */
      isolate?: ('Ingress' | 'Egress')[];
      /**
       * Traffic that is allowed in the isolated directions.
       */
      allow?: {
        /**
         * true allows egress (UDP and TCP) to the cluster's DNS, as the operator's flag --dns-peers locates it. Default: true when Egress is isolated.
         */
        dns?: boolean;
        /**
         * true allows all traffic with pods of the same namespace, in each isolated direction.
         */
        sameNamespace?: boolean;
        /**
         * true allows egress to the addresses and ports of the Kubernetes API server, never to a whole network. The rule is updated when they change. While no address is known, nothing is allowed and NetworkReady reports it.
         */
        apiServer?: boolean;
        /**
         * Connections that the pods accept. The rules add up.
         *
         * @maxItems 64
         */
        ingress?: {
          /**
           * Purpose of the rule. Shown by palisade explain.
           */
          description?: string;
          /**
           * Pods that the rule applies to, among those that the policy isolates. Absent or {}, all of them.
           */
          pods?: {
            /**
             * Labels that must be present with exactly these values.
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
               * Key of the label.
               */
              key: string;
              /**
               * Relation between the label's value and values.
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
           * Peers of the rule; traffic must match one of them. A peer is a network (cidr), pods (namespaces or namespaceSelector, pods, or both together), or anywhere. It must not be empty.
           *
           * @minItems 1
           * @maxItems 32
           */
          from: {
            /**
             * Names of namespaces. With pods: the selected pods in them. Without pods: all their pods.
             *
             * @minItems 1
             * @maxItems 32
             */
            namespaces?: string[];
            /**
             * Namespaces, by their labels. With pods: the selected pods in them. Without pods: all their pods.
             */
            namespaceSelector?: {
              /**
               * Labels that must be present with exactly these values.
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
                 * Key of the label.
                 */
                key: string;
                /**
                 * Relation between the label's value and values.
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
             * Pods, by their labels; {} selects all. They are in the namespaces that namespaces or namespaceSelector selects, or else in the namespace of the policy.
             */
            pods?: {
              /**
               * Labels that must be present with exactly these values.
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
                 * Key of the label.
                 */
                key: string;
                /**
                 * Relation between the label's value and values.
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
             * An IPv4 or IPv6 network outside the cluster, as in 10.20.0.0/16. Many network plug-ins never match pods by address: select pods with namespaces and pods.
             */
            cidr?: string;
            /**
             * Parts of cidr that are excluded.
             *
             * @minItems 1
             * @maxItems 16
             */
            except?: string[];
            /**
             * true matches every pod, node and address, the API server included: the generated rule has no from or to. No other peer does, not even cidr 0.0.0.0/0. Other peers of the rule add nothing.
             */
            anywhere?: true;
          }[];
          /**
           * Ports of the rule. Absent: every port. NetworkPolicies match the ports of pods, not those of a Service.
           *
           * @minItems 1
           * @maxItems 32
           */
          ports?: {
            /**
             * The port's number, or its name in the pod. Absent: every port of protocol.
             */
            port?: number | string;
            /**
             * Last port of a range that starts at port.
             */
            endPort?: number;
            /**
             * TCP (default), UDP or SCTP.
             */
            protocol?: 'TCP' | 'UDP' | 'SCTP';
          }[];
        }[];
        /**
         * Connections that the pods may open. The rules add up.
         *
         * @maxItems 64
         */
        egress?: {
          /**
           * Purpose of the rule. Shown by palisade explain.
           */
          description?: string;
          /**
           * Pods that the rule applies to, among those that the policy isolates. Absent or {}, all of them.
           */
          pods?: {
            /**
             * Labels that must be present with exactly these values.
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
               * Key of the label.
               */
              key: string;
              /**
               * Relation between the label's value and values.
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
           * Peers of the rule; traffic must match one of them. A peer is a network (cidr), pods (namespaces or namespaceSelector, pods, or both together), or anywhere. It must not be empty.
           *
           * @minItems 1
           * @maxItems 32
           */
          to: {
            /**
             * Names of namespaces. With pods: the selected pods in them. Without pods: all their pods.
             *
             * @minItems 1
             * @maxItems 32
             */
            namespaces?: string[];
            /**
             * Namespaces, by their labels. With pods: the selected pods in them. Without pods: all their pods.
             */
            namespaceSelector?: {
              /**
               * Labels that must be present with exactly these values.
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
                 * Key of the label.
                 */
                key: string;
                /**
                 * Relation between the label's value and values.
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
             * Pods, by their labels; {} selects all. They are in the namespaces that namespaces or namespaceSelector selects, or else in the namespace of the policy.
             */
            pods?: {
              /**
               * Labels that must be present with exactly these values.
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
                 * Key of the label.
                 */
                key: string;
                /**
                 * Relation between the label's value and values.
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
             * An IPv4 or IPv6 network outside the cluster, as in 10.20.0.0/16. Many network plug-ins never match pods by address: select pods with namespaces and pods.
             */
            cidr?: string;
            /**
             * Parts of cidr that are excluded.
             *
             * @minItems 1
             * @maxItems 16
             */
            except?: string[];
            /**
             * true matches every pod, node and address, the API server included: the generated rule has no from or to. No other peer does, not even cidr 0.0.0.0/0. Other peers of the rule add nothing.
             */
            anywhere?: true;
          }[];
          /**
           * Ports of the rule. Absent: every port. NetworkPolicies match the ports of pods, not those of a Service.
           *
           * @minItems 1
           * @maxItems 32
           */
          ports?: {
            /**
             * The port's number, or its name in the pod. Absent: every port of protocol.
             */
            port?: number | string;
            /**
             * Last port of a range that starts at port.
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
     * Pod Security Standard of the namespace, set with its pod-security.kubernetes.io labels. The strictest level of all policies decides. A label that another field manager owns is never overwritten.
     */
    podSecurity?: {
      /**
       * privileged allows everything, baseline prevents known privilege escalations, restricted follows current hardening practice.
       */
      level: 'privileged' | 'baseline' | 'restricted';
      /**
       * Kubernetes version whose definition of the level applies: latest, or a version such as v1.36.
       */
      version?: string;
      /**
       * Behavior while existing pods violate the level. Wait sets audit and warn at once, and enforce when no pod violates the level. Enforce sets all three at once: running pods keep running but cannot be recreated.
       */
      onViolation?: 'Wait' | 'Enforce';
    };
    /**
     * Rights of users, groups and ServiceAccounts in the namespace. Generates Roles and RoleBindings.
     */
    access?: {
      /**
       * Grants one of Palisade's three access profiles to subjects, in this namespace only.
       *
       * @maxItems 3
       */
      bindings?: {
        /**
         * viewer reads workloads, Services and logs. deployer also changes workloads. admin also manages Secrets and accesses pods. ClusterRoles palisade-viewer, palisade-deployer and palisade-admin list the rights.
         */
        profile: 'viewer' | 'deployer' | 'admin';
        /**
         * Users, groups and ServiceAccounts that get the rights.
         *
         * @minItems 1
         * @maxItems 64
         */
        subjects: {
          /**
           * User or Group as the API server authenticates it, or a ServiceAccount of this namespace.
           */
          kind: 'User' | 'Group' | 'ServiceAccount';
          /**
           * Name of the subject.
           */
          name: string;
        }[];
      }[];
      /**
       * Custom rights. The API server refuses rights that the operator may not grant; AccessReady then has reason EscalationRefused and lists them.
       *
       * @maxItems 16
       */
      roles?: {
        /**
         * Name of the role within this policy. It is part of the generated Role's name.
         */
        name: string;
        /**
         * Rules, as in a Role.
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
           * Resources in plural form, as in pods or pods/log.
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
           * Allowed verbs, as in get, list, watch.
           *
           * @minItems 1
           * @maxItems 16
           */
          verbs: string[];
        }[];
        /**
         * Users, groups and ServiceAccounts that get the rights.
         *
         * @minItems 1
         * @maxItems 64
         */
        subjects: {
          /**
           * User or Group as the API server authenticates it, or a ServiceAccount of this namespace.
           */
          kind: 'User' | 'Group' | 'ServiceAccount';
          /**
           * Name of the subject.
           */
          name: string;
        }[];
      }[];
    };
    /**
     * Images that containers and image volumes of the namespace may use. The API server enforces it, even while the operator is down; by default, once no pod and no workload would be refused. Every policy of the namespace must allow an image. Running pods keep running.
     */
    images?: {
      /**
       * Allowed repositories, each as registry host and path without tag or digest. A final /* matches all repositories below the path. nginx is short for docker.io/library/nginx. Absent: every repository.
       *
       * @minItems 1
       * @maxItems 64
       */
      allowed?: string[];
      /**
       * true requires every image reference to have a digest, as in name@sha256:<64 hexadecimal digits>.
       */
      requireDigest?: boolean;
      /**
       * true requires every image reference to have a registry, as in docker.io/library/nginx. Without one, nodes with CRI-O take the registry from their registries.conf, which can be another one than docker.io.
       */
      requireRegistry?: boolean;
      /**
       * Behavior while running pods or workloads of the namespace have a disallowed image. Wait returns warnings at once, and refuses images when no such pod and no such workload exists; of changed rules, the earlier ones stay in force meanwhile. Enforce refuses at once: running pods keep running but cannot be recreated.
       */
      onViolation?: 'Wait' | 'Enforce';
    };
    /**
     * Generates one ImageScan, with the policy's name, for every image that runs in the namespace. Its status has the findings. {} is enough. To select pods, add images, or set pull secrets or exceptions, write an ImageScan instead.
     */
    scan?: {
      /**
       * Times of rescans, as five cron fields (minute hour day month weekday) or @hourly, @daily, @weekly, @monthly, @yearly. Absent: a new image is scanned at once, and every image when the vulnerability database is updated.
       */
      schedule?: string;
      /**
       * Time zone of schedule, as in Europe/Berlin. Absent: UTC.
       */
      timeZone?: string;
      /**
       * Lowest severity that makes the ImageScan's condition Compliant False. With None, no finding does. Findings of unknown severity count as Low.
       */
      failOn?: 'Critical' | 'High' | 'Medium' | 'Low' | 'None';
      /**
       * true: a finding of any severity that is known to be exploited, as KEV of --enrichment says, also makes Compliant False. It says so by any identifier of the vulnerability. Without KEV, or with one of more than 30 days ago, Compliant is Unknown, never True. Absent: severity alone decides.
       */
      failOnKnownExploited?: boolean;
      /**
       * true: findings without a fixed version are counted but do not make Compliant False.
       */
      ignoreUnfixed?: boolean;
      /**
       * Kinds of packages that may stay unmatched, as in an ImageScan. Compliant is Unknown while an image has packages of another kind that were not looked at.
       *
       * @maxItems 6
       */
      acceptUnknown?: (
        | 'UnsupportedDistribution'
        | 'UnidentifiedJars'
        | 'ThirdPartyPackages'
        | 'NoPackagesFound'
        | 'UnversionedPrograms'
        | 'ScannerLimit'
      )[];
    };
    /**
     * A change to preview: the sections that would replace those of spec. Nothing of it takes effect. status.preview shows the objects and labels that it would create, change and delete, and the pods that it concerns. It is the whole new set of sections: one that is absent here would be removed. To put it in force, move its content to spec. Refused in mode Audit, which previews spec itself, and while suspended.
     */
    proposed?: {
      /**
       * Isolates pods. In an isolated direction, pods have only the traffic that spec.network.allow or another NetworkPolicy of the namespace allows. Generates NetworkPolicies.
       */
      network?: {
        /**
         * Pods that the policy isolates, by their labels. Absent or {}, all pods of the namespace.
         */
        podSelector?: {
          /**
           * Labels that must be present with exactly these values.
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
             * Key of the label.
             */
            key: string;
            /**
             * Relation between the label's value and values.
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
         * Directions in which all traffic is denied unless it is allowed. Default: both. The policy does not affect a direction that is not listed.
         *
         * @minItems 1
         * @maxItems 2
         */
        isolate?: ('Ingress' | 'Egress')[];
        /**
         * Traffic that is allowed in the isolated directions.
         */
        allow?: {
          /**
           * true allows egress (UDP and TCP) to the cluster's DNS, as the operator's flag --dns-peers locates it. Default: true when Egress is isolated.
           */
          dns?: boolean;
          /**
           * true allows all traffic with pods of the same namespace, in each isolated direction.
           */
          sameNamespace?: boolean;
          /**
           * true allows egress to the addresses and ports of the Kubernetes API server, never to a whole network. The rule is updated when they change. While no address is known, nothing is allowed and NetworkReady reports it.
           */
          apiServer?: boolean;
          /**
           * Connections that the pods accept. The rules add up.
           *
           * @maxItems 64
           */
          ingress?: {
            /**
             * Purpose of the rule. Shown by palisade explain.
             */
            description?: string;
            /**
             * Pods that the rule applies to, among those that the policy isolates. Absent or {}, all of them.
             */
            pods?: {
              /**
               * Labels that must be present with exactly these values.
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
                 * Key of the label.
                 */
                key: string;
                /**
                 * Relation between the label's value and values.
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
             * Peers of the rule; traffic must match one of them. A peer is a network (cidr), pods (namespaces or namespaceSelector, pods, or both together), or anywhere. It must not be empty.
             *
             * @minItems 1
             * @maxItems 32
             */
            from: {
              /**
               * Names of namespaces. With pods: the selected pods in them. Without pods: all their pods.
               *
               * @minItems 1
               * @maxItems 32
               */
              namespaces?: string[];
              /**
               * Namespaces, by their labels. With pods: the selected pods in them. Without pods: all their pods.
               */
              namespaceSelector?: {
                /**
                 * Labels that must be present with exactly these values.
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
                   * Key of the label.
                   */
                  key: string;
                  /**
                   * Relation between the label's value and values.
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
               * Pods, by their labels; {} selects all. They are in the namespaces that namespaces or namespaceSelector selects, or else in the namespace of the policy.
               */
              pods?: {
                /**
                 * Labels that must be present with exactly these values.
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
                   * Key of the label.
                   */
                  key: string;
                  /**
                   * Relation between the label's value and values.
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
               * An IPv4 or IPv6 network outside the cluster, as in 10.20.0.0/16. Many network plug-ins never match pods by address: select pods with namespaces and pods.
               */
              cidr?: string;
              /**
               * Parts of cidr that are excluded.
               *
               * @minItems 1
               * @maxItems 16
               */
              except?: string[];
              /**
               * true matches every pod, node and address, the API server included: the generated rule has no from or to. No other peer does, not even cidr 0.0.0.0/0. Other peers of the rule add nothing.
               */
              anywhere?: true;
            }[];
            /**
             * Ports of the rule. Absent: every port. NetworkPolicies match the ports of pods, not those of a Service.
             *
             * @minItems 1
             * @maxItems 32
             */
            ports?: {
              /**
               * The port's number, or its name in the pod. Absent: every port of protocol.
               */
              port?: number | string;
              /**
               * Last port of a range that starts at port.
               */
              endPort?: number;
              /**
               * TCP (default), UDP or SCTP.
               */
              protocol?: 'TCP' | 'UDP' | 'SCTP';
            }[];
          }[];
          /**
           * Connections that the pods may open. The rules add up.
           *
           * @maxItems 64
           */
          egress?: {
            /**
             * Purpose of the rule. Shown by palisade explain.
             */
            description?: string;
            /**
             * Pods that the rule applies to, among those that the policy isolates. Absent or {}, all of them.
             */
            pods?: {
              /**
               * Labels that must be present with exactly these values.
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
                 * Key of the label.
                 */
                key: string;
                /**
                 * Relation between the label's value and values.
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
             * Peers of the rule; traffic must match one of them. A peer is a network (cidr), pods (namespaces or namespaceSelector, pods, or both together), or anywhere. It must not be empty.
             *
             * @minItems 1
             * @maxItems 32
             */
            to: {
              /**
               * Names of namespaces. With pods: the selected pods in them. Without pods: all their pods.
               *
               * @minItems 1
               * @maxItems 32
               */
              namespaces?: string[];
              /**
               * Namespaces, by their labels. With pods: the selected pods in them. Without pods: all their pods.
               */
              namespaceSelector?: {
                /**
                 * Labels that must be present with exactly these values.
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
                   * Key of the label.
                   */
                  key: string;
                  /**
                   * Relation between the label's value and values.
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
               * Pods, by their labels; {} selects all. They are in the namespaces that namespaces or namespaceSelector selects, or else in the namespace of the policy.
               */
              pods?: {
                /**
                 * Labels that must be present with exactly these values.
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
                   * Key of the label.
                   */
                  key: string;
                  /**
                   * Relation between the label's value and values.
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
               * An IPv4 or IPv6 network outside the cluster, as in 10.20.0.0/16. Many network plug-ins never match pods by address: select pods with namespaces and pods.
               */
              cidr?: string;
              /**
               * Parts of cidr that are excluded.
               *
               * @minItems 1
               * @maxItems 16
               */
              except?: string[];
              /**
               * true matches every pod, node and address, the API server included: the generated rule has no from or to. No other peer does, not even cidr 0.0.0.0/0. Other peers of the rule add nothing.
               */
              anywhere?: true;
            }[];
            /**
             * Ports of the rule. Absent: every port. NetworkPolicies match the ports of pods, not those of a Service.
             *
             * @minItems 1
             * @maxItems 32
             */
            ports?: {
              /**
               * The port's number, or its name in the pod. Absent: every port of protocol.
               */
              port?: number | string;
              /**
               * Last port of a range that starts at port.
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
       * Pod Security Standard of the namespace, set with its pod-security.kubernetes.io labels. The strictest level of all policies decides. A label that another field manager owns is never overwritten.
       */
      podSecurity?: {
        /**
         * privileged allows everything, baseline prevents known privilege escalations, restricted follows current hardening practice.
         */
        level: 'privileged' | 'baseline' | 'restricted';
        /**
         * Kubernetes version whose definition of the level applies: latest, or a version such as v1.36.
         */
        version?: string;
        /**
         * Behavior while existing pods violate the level. Wait sets audit and warn at once, and enforce when no pod violates the level. Enforce sets all three at once: running pods keep running but cannot be recreated.
         */
        onViolation?: 'Wait' | 'Enforce';
      };
      /**
       * Rights of users, groups and ServiceAccounts in the namespace. Generates Roles and RoleBindings.
       */
      access?: {
        /**
         * Grants one of Palisade's three access profiles to subjects, in this namespace only.
         *
         * @maxItems 3
         */
        bindings?: {
          /**
           * viewer reads workloads, Services and logs. deployer also changes workloads. admin also manages Secrets and accesses pods. ClusterRoles palisade-viewer, palisade-deployer and palisade-admin list the rights.
           */
          profile: 'viewer' | 'deployer' | 'admin';
          /**
           * Users, groups and ServiceAccounts that get the rights.
           *
           * @minItems 1
           * @maxItems 64
           */
          subjects: {
            /**
             * User or Group as the API server authenticates it, or a ServiceAccount of this namespace.
             */
            kind: 'User' | 'Group' | 'ServiceAccount';
            /**
             * Name of the subject.
             */
            name: string;
          }[];
        }[];
        /**
         * Custom rights. The API server refuses rights that the operator may not grant; AccessReady then has reason EscalationRefused and lists them.
         *
         * @maxItems 16
         */
        roles?: {
          /**
           * Name of the role within this policy. It is part of the generated Role's name.
           */
          name: string;
          /**
           * Rules, as in a Role.
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
             * Resources in plural form, as in pods or pods/log.
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
             * Allowed verbs, as in get, list, watch.
             *
             * @minItems 1
             * @maxItems 16
             */
            verbs: string[];
          }[];
          /**
           * Users, groups and ServiceAccounts that get the rights.
           *
           * @minItems 1
           * @maxItems 64
           */
          subjects: {
            /**
             * User or Group as the API server authenticates it, or a ServiceAccount of this namespace.
             */
            kind: 'User' | 'Group' | 'ServiceAccount';
            /**
             * Name of the subject.
             */
            name: string;
          }[];
        }[];
      };
      /**
       * Images that containers and image volumes of the namespace may use. The API server enforces it, even while the operator is down; by default, once no pod and no workload would be refused. Every policy of the namespace must allow an image. Running pods keep running.
       */
      images?: {
        /**
         * Allowed repositories, each as registry host and path without tag or digest. A final /* matches all repositories below the path. nginx is short for docker.io/library/nginx. Absent: every repository.
         *
         * @minItems 1
         * @maxItems 64
         */
        allowed?: string[];
        /**
         * true requires every image reference to have a digest, as in name@sha256:<64 hexadecimal digits>.
         */
        requireDigest?: boolean;
        /**
         * true requires every image reference to have a registry, as in docker.io/library/nginx. Without one, nodes with CRI-O take the registry from their registries.conf, which can be another one than docker.io.
         */
        requireRegistry?: boolean;
        /**
         * Behavior while running pods or workloads of the namespace have a disallowed image. Wait returns warnings at once, and refuses images when no such pod and no such workload exists; of changed rules, the earlier ones stay in force meanwhile. Enforce refuses at once: running pods keep running but cannot be recreated.
         */
        onViolation?: 'Wait' | 'Enforce';
      };
      /**
       * Generates one ImageScan, with the policy's name, for every image that runs in the namespace. Its status has the findings. {} is enough. To select pods, add images, or set pull secrets or exceptions, write an ImageScan instead.
       */
      scan?: {
        /**
         * Times of rescans, as five cron fields (minute hour day month weekday) or @hourly, @daily, @weekly, @monthly, @yearly. Absent: a new image is scanned at once, and every image when the vulnerability database is updated.
         */
        schedule?: string;
        /**
         * Time zone of schedule, as in Europe/Berlin. Absent: UTC.
         */
        timeZone?: string;
        /**
         * Lowest severity that makes the ImageScan's condition Compliant False. With None, no finding does. Findings of unknown severity count as Low.
         */
        failOn?: 'Critical' | 'High' | 'Medium' | 'Low' | 'None';
        /**
         * true: a finding of any severity that is known to be exploited, as KEV of --enrichment says, also makes Compliant False. It says so by any identifier of the vulnerability. Without KEV, or with one of more than 30 days ago, Compliant is Unknown, never True. Absent: severity alone decides.
         */
        failOnKnownExploited?: boolean;
        /**
         * true: findings without a fixed version are counted but do not make Compliant False.
         */
        ignoreUnfixed?: boolean;
        /**
         * Kinds of packages that may stay unmatched, as in an ImageScan. Compliant is Unknown while an image has packages of another kind that were not looked at.
         *
         * @maxItems 6
         */
        acceptUnknown?: (
          | 'UnsupportedDistribution'
          | 'UnidentifiedJars'
          | 'ThirdPartyPackages'
          | 'NoPackagesFound'
          | 'UnversionedPrograms'
          | 'ScannerLimit'
        )[];
      };
    };
  };
  /**
   * Observed state, written by the operator.
   */
  status?: {
    /**
     * Generation of the spec that this status describes.
     */
    observedGeneration?: number;
    /**
     * Last handled value of the annotation security.palisade.dev/reconcile-requested-at.
     */
    lastHandledReconcileAt?: string;
    /**
     * Ready is always present. NetworkReady, PodSecurityReady, AccessReady, ImagesReady and ScanReady are present for the sections of the spec, Reconciling and Stalled only while True. Each message names object, cause and cure.
     */
    conditions?: {
      /**
       * Name of the condition.
       */
      type: string;
      /**
       * True, False or Unknown.
       */
      status: 'True' | 'False' | 'Unknown';
      /**
       * Reason in CamelCase, for programs.
       */
      reason: string;
      /**
       * Object, cause and cure, for users.
       */
      message: string;
      /**
       * Generation of the spec that the condition describes.
       */
      observedGeneration?: number;
      /**
       * Time of the last change of status.
       */
      lastTransitionTime: string;
    }[];
    /**
     * Number of warnings of status.network and status.preview. Absent when there are none.
     */
    warnings?: number;
    /**
     * State of spec.network.
     */
    network?: {
      /**
       * NetworkPolicies in force; of a suspended policy, before the suspension.
       */
      policies?: number;
      /**
       * Ingress rules in force; sameNamespace counts as one.
       */
      ingressRules?: number;
      /**
       * Egress rules in force; dns, sameNamespace and apiServer count as one each.
       */
      egressRules?: number;
      /**
       * Rules that do not fit the cluster as it is, gravest first; at most 20. They change nothing: the policy stays Ready. They follow pods, namespaces, Services and NetworkPolicies within seconds.
       *
       * @maxItems 20
       */
      warnings?: {
        /**
         * The rule, as ingress[1] "web calls api". Absent when the policy as a whole is concerned.
         */
        rule?: string;
        /**
         * Reason in CamelCase, for programs.
         */
        reason: string;
        /**
         * Cause, and the likely cure, for users.
         */
        message: string;
      }[];
      /**
       * Number of warnings that are not listed. Absent when all are.
       */
      moreWarnings?: number;
      /**
       * Reason why the rules are not checked for warnings, with the cure. Absent when they are.
       */
      unchecked?: string;
    };
    /**
     * State of spec.podSecurity.
     */
    podSecurity?: {
      /**
       * Level and version that this policy requests, as in restricted:latest.
       */
      requested?: string;
      /**
       * Level that the namespace enforces; of a suspended policy, before the suspension. Absent when it enforces none.
       */
      enforced?: string;
      /**
       * Policy that determines the level of this namespace, or field manager that owns the label.
       */
      decidedBy?: string;
      /**
       * Existing pods that violate the requested level, while enforcement waits.
       */
      violatingPods?: number;
      /**
       * Violations, as the API server reports them; at most 10 groups of pods.
       *
       * @maxItems 10
       */
      violations?: string[];
    };
    /**
     * State of spec.access.
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
     * State of spec.images.
     */
    images?: {
      /**
       * Existing pods with a disallowed image. They continue to run, but cannot be recreated.
       */
      disallowedPods?: number;
      /**
       * Disallowed images of existing pods, as pod: image; at most 10.
       *
       * @maxItems 10
       */
      disallowedImages?: string[];
      /**
       * Workloads whose pod template has a disallowed image: their next pods are refused, or would be. Absent: none.
       */
      disallowedWorkloads?: number;
      /**
       * Disallowed images of these workloads, as kind name: image; at most 10.
       *
       * @maxItems 10
       */
      workloadImages?: string[];
    };
    /**
     * Effects that mode Enforce would have, in mode Audit; or that spec.proposed would have in place of the sections of spec. Absent otherwise.
     */
    preview?: {
      /**
       * Sections in which spec.proposed differs from spec, as network: changed, images: removed.
       *
       * @maxItems 5
       */
      sections?: string[];
      /**
       * Objects that would be created, as kind/name.
       *
       * @maxItems 64
       */
      create?: string[];
      /**
       * Objects that would be changed, as kind/name.
       *
       * @maxItems 64
       */
      update?: string[];
      /**
       * Objects that would be deleted, as kind/name.
       *
       * @maxItems 64
       */
      delete?: string[];
      /**
       * Labels of the namespace that would change, with old and new value.
       *
       * @maxItems 16
       */
      change?: string[];
      /**
       * Reason why the effects of spec.proposed are unknown. The sections of spec stay in force.
       */
      problem?: string;
      /**
       * Objects that the API server would refuse, with its messages.
       *
       * @maxItems 16
       */
      refused?: string[];
      /**
       * Existing pods that would violate the requested level.
       */
      violatingPods?: number;
      /**
       * Violations, as the API server reports them; at most 10 groups of pods.
       *
       * @maxItems 10
       */
      violations?: string[];
      /**
       * Rules that do not fit the cluster as it is, gravest first; at most 20. They change nothing: the policy stays Ready. They follow pods, namespaces, Services and NetworkPolicies within seconds.
       *
       * @maxItems 20
       */
      warnings?: {
        /**
         * The rule, as ingress[1] "web calls api". Absent when the policy as a whole is concerned.
         */
        rule?: string;
        /**
         * Reason in CamelCase, for programs.
         */
        reason: string;
        /**
         * Cause, and the likely cure, for users.
         */
        message: string;
      }[];
      /**
       * Number of warnings that are not listed. Absent when all are.
       */
      moreWarnings?: number;
      /**
       * Reason why the rules are not checked for warnings, with the cure. Absent when they are.
       */
      unchecked?: string;
      /**
       * Connections between workloads that are allowed now and would not be, at declared ports; the workloads with most clients first, at most 20.
       *
       * @maxItems 20
       */
      wouldLose?: string[];
      /**
       * Number of entries of wouldLose that are not listed. Absent when all are.
       */
      moreWouldLose?: number;
      /**
       * Existing pods whose traffic would be restricted: not finished, and not on the host network.
       */
      isolatedPods?: number;
      /**
       * Existing pods with a disallowed image. In mode Enforce, they could not be recreated.
       */
      disallowedPods?: number;
      /**
       * Disallowed images of existing pods, as pod: image; at most 10.
       *
       * @maxItems 10
       */
      disallowedImages?: string[];
      /**
       * Workloads whose pod template has a disallowed image. In mode Enforce, their next pods would be refused. Absent: none.
       */
      disallowedWorkloads?: number;
      /**
       * Disallowed images of these workloads, as kind name: image; at most 10.
       *
       * @maxItems 10
       */
      workloadImages?: string[];
    };
  };
}
