// Generated from config/admission by npm run generate. Do not edit.
import type { Shipped } from './shipped.ts';

export const SHIPPED: Shipped = {
  "policies": [
    {
      "name": "palisade-enforced-images",
      "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                ""
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "UPDATE"
              ],
              "resources": [
                "namespaces",
                "namespaces/finalize",
                "namespaces/status"
              ],
              "scope": "Cluster"
            }
          ]
        },
        "matchConditions": [
          {
            "name": "not-by-the-operator",
            "expression": "request.userInfo.username != 'system:serviceaccount:palisade-system:palisade'"
          }
        ],
        "variables": [
          {
            "name": "before",
            "expression": "has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}"
          },
          {
            "name": "after",
            "expression": "has(object.metadata.annotations) ? object.metadata.annotations : {}"
          },
          {
            "name": "changesRecords",
            "expression": "variables.before.exists(k, k.startsWith('enforced-images.security.palisade.dev/') && !(k in variables.after && variables.after[k] == variables.before[k])) || variables.after.exists(k, k.startsWith('enforced-images.security.palisade.dev/') && !(k in variables.before))"
          },
          {
            "name": "removesLabel",
            "expression": "has(oldObject.metadata.labels) && 'security.palisade.dev/trusted-images' in oldObject.metadata.labels && !(has(object.metadata.labels) && 'security.palisade.dev/trusted-images' in object.metadata.labels)"
          },
          {
            "name": "maySetImages",
            "expression": "authorizer.group('security.palisade.dev').resource('containersecuritypolicies').subresource('images').namespace(object.metadata.name).check('update').allowed()"
          }
        ],
        "validations": [
          {
            "expression": "!(variables.changesRecords || variables.removesLabel) || variables.maySetImages"
          }
        ]
      }
    },
    {
      "name": "palisade-operator-children",
      "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                "networking.k8s.io"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE",
                "DELETE"
              ],
              "resources": [
                "networkpolicies"
              ],
              "scope": "Namespaced"
            },
            {
              "apiGroups": [
                "rbac.authorization.k8s.io"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE",
                "DELETE"
              ],
              "resources": [
                "roles",
                "rolebindings"
              ],
              "scope": "Namespaced"
            },
            {
              "apiGroups": [
                "security.palisade.dev"
              ],
              "apiVersions": [
                "*"
              ],
              "operations": [
                "CREATE",
                "UPDATE",
                "DELETE"
              ],
              "resources": [
                "imagescans"
              ],
              "scope": "Namespaced"
            }
          ]
        },
        "matchConditions": [
          {
            "name": "by-the-operator",
            "expression": "request.userInfo.username == 'system:serviceaccount:palisade-system:palisade'"
          }
        ],
        "variables": [
          {
            "name": "controllers",
            "expression": "object != null && has(object.metadata.ownerReferences) ? object.metadata.ownerReferences.filter(o, has(o.controller) && o.controller) : []"
          },
          {
            "name": "policyName",
            "expression": "'^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$'"
          },
          {
            "name": "others",
            "expression": "oldObject != null && has(oldObject.metadata.ownerReferences) ? oldObject.metadata.ownerReferences.map(o, o.uid) : []"
          },
          {
            "name": "heldByOthers",
            "expression": "oldObject != null && has(oldObject.metadata.finalizers) ? oldObject.metadata.finalizers : []"
          },
          {
            "name": "oldControllers",
            "expression": "oldObject != null && has(oldObject.metadata.ownerReferences) ? oldObject.metadata.ownerReferences.filter(o, has(o.controller) && o.controller) : []"
          },
          {
            "name": "generated",
            "expression": "oldObject != null && has(oldObject.metadata.managedFields) && oldObject.metadata.managedFields.exists(m, m.manager in ['palisade-network', 'palisade-access', 'palisade-scan'])"
          }
        ],
        "validations": [
          {
            "expression": "object == null || variables.controllers.exists(o, o.kind == 'ContainerSecurityPolicy' && o.apiVersion == 'security.palisade.dev/v1alpha1' && o.name.matches(variables.policyName))"
          },
          {
            "expression": "object == null || !has(object.metadata.ownerReferences) || object.metadata.ownerReferences.all(o, (o.kind == 'ContainerSecurityPolicy' && o.apiVersion == 'security.palisade.dev/v1alpha1' && o.name.matches(variables.policyName)) || o.uid in variables.others || (o.kind == 'Namespace' && o.apiVersion == 'v1' && o.name == request.namespace && request.resource.resource in ['networkpolicies', 'roles']))"
          },
          {
            "expression": "object == null || !has(object.metadata.finalizers) || object.metadata.finalizers.all(f, f in variables.heldByOthers)"
          },
          {
            "expression": "oldObject == null || (size(variables.oldControllers) == 0 ? variables.generated : variables.oldControllers.exists(o, o.kind == 'ContainerSecurityPolicy' && o.apiVersion.startsWith('security.palisade.dev/')))"
          }
        ]
      }
    },
    {
      "name": "palisade-operator-namespaces",
      "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                ""
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE",
                "DELETE"
              ],
              "resources": [
                "namespaces",
                "namespaces/finalize",
                "namespaces/status"
              ],
              "scope": "Cluster"
            }
          ]
        },
        "matchConditions": [
          {
            "name": "by-the-operator",
            "expression": "request.userInfo.username == 'system:serviceaccount:palisade-system:palisade'"
          }
        ],
        "variables": [
          {
            "name": "ours",
            "expression": "['pod-security.kubernetes.io/enforce', 'pod-security.kubernetes.io/enforce-version', 'pod-security.kubernetes.io/audit', 'pod-security.kubernetes.io/audit-version', 'pod-security.kubernetes.io/warn', 'pod-security.kubernetes.io/warn-version', 'security.palisade.dev/trusted-images']"
          },
          {
            "name": "after",
            "expression": "object != null && has(object.metadata.labels) ? object.metadata.labels : {}"
          },
          {
            "name": "before",
            "expression": "oldObject != null && has(oldObject.metadata.labels) ? oldObject.metadata.labels : {}"
          },
          {
            "name": "records",
            "expression": "'enforced-images.security.palisade.dev/'"
          },
          {
            "name": "notesAfter",
            "expression": "object != null && has(object.metadata.annotations) ? object.metadata.annotations : {}"
          },
          {
            "name": "notesBefore",
            "expression": "oldObject != null && has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}"
          }
        ],
        "validations": [
          {
            "expression": "request.operation == 'UPDATE' && !has(request.subResource)"
          },
          {
            "expression": "variables.after.all(k, k in variables.ours || (k in variables.before && variables.before[k] == variables.after[k])) && variables.before.all(k, k in variables.ours || k in variables.after)"
          },
          {
            "expression": "variables.notesAfter.all(k, k.startsWith(variables.records) || (k in variables.notesBefore && variables.notesBefore[k] == variables.notesAfter[k])) && variables.notesBefore.all(k, k.startsWith(variables.records) || k in variables.notesAfter)"
          },
          {
            "expression": "object == null || oldObject == null || (object.spec == oldObject.spec && has(object.metadata.ownerReferences) == has(oldObject.metadata.ownerReferences) && (!has(object.metadata.ownerReferences) || object.metadata.ownerReferences == oldObject.metadata.ownerReferences) && has(object.metadata.finalizers) == has(oldObject.metadata.finalizers) && (!has(object.metadata.finalizers) || object.metadata.finalizers == oldObject.metadata.finalizers))"
          }
        ]
      }
    },
    {
      "name": "palisade-operator-policies",
      "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                "security.palisade.dev"
              ],
              "apiVersions": [
                "*"
              ],
              "operations": [
                "CREATE",
                "UPDATE",
                "DELETE"
              ],
              "resources": [
                "containersecuritypolicies"
              ],
              "scope": "Namespaced"
            }
          ]
        },
        "matchConditions": [
          {
            "name": "by-the-operator",
            "expression": "request.userInfo.username == 'system:serviceaccount:palisade-system:palisade'"
          }
        ],
        "validations": [
          {
            "expression": "object != null && oldObject != null && object.spec == oldObject.spec"
          },
          {
            "expression": "object == null || oldObject == null || ( (has(object.metadata.ownerReferences) ? object.metadata.ownerReferences : []) == (has(oldObject.metadata.ownerReferences) ? oldObject.metadata.ownerReferences : []) && (has(object.metadata.labels) ? object.metadata.labels : {}) == (has(oldObject.metadata.labels) ? oldObject.metadata.labels : {}) && (has(object.metadata.annotations) ? object.metadata.annotations : {}) == (has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}) && (has(object.metadata.finalizers) ? object.metadata.finalizers.filter(f, f != 'security.palisade.dev/withdraw') : []) == (has(oldObject.metadata.finalizers) ? oldObject.metadata.finalizers.filter(f, f != 'security.palisade.dev/withdraw') : []))"
          }
        ]
      }
    },
    {
      "name": "palisade-operator-rolebindings",
      "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                "rbac.authorization.k8s.io"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "rolebindings"
              ],
              "scope": "Namespaced"
            }
          ]
        },
        "matchConditions": [
          {
            "name": "by-the-operator",
            "expression": "request.userInfo.username == 'system:serviceaccount:palisade-system:palisade'"
          }
        ],
        "validations": [
          {
            "expression": "object.roleRef.kind == 'Role' || object.roleRef.name in ['palisade-viewer', 'palisade-deployer', 'palisade-admin']"
          },
          {
            "expression": "!has(object.subjects) || object.subjects.all(s, s.kind == 'ServiceAccount' ? has(s.namespace) && s.namespace == request.namespace : !s.name.startsWith('system:'))"
          }
        ]
      }
    },
    {
      "name": "palisade-operator-roles",
      "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                "rbac.authorization.k8s.io"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "roles"
              ],
              "scope": "Namespaced"
            }
          ]
        },
        "matchConditions": [
          {
            "name": "by-the-operator",
            "expression": "request.userInfo.username == 'system:serviceaccount:palisade-system:palisade'"
          }
        ],
        "validations": [
          {
            "expression": "!has(object.rules) || object.rules.all(r, !r.verbs.exists(v, v in ['*', 'escalate', 'bind'] || v.startsWith('impersonate')) && (!has(r.apiGroups) || !r.apiGroups.exists(g, g in ['*', 'security.palisade.dev', 'rbac.authorization.k8s.io'])) && (!has(r.resources) || !r.resources.exists(x, x == '*' || x.startsWith('*/') || x.split('/')[0] in ['namespaces', 'networkpolicies'])))"
          }
        ]
      }
    },
    {
      "name": "palisade-policy-deleter",
      "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                "security.palisade.dev"
              ],
              "apiVersions": [
                "*"
              ],
              "operations": [
                "CREATE",
                "UPDATE",
                "DELETE"
              ],
              "resources": [
                "containersecuritypolicies"
              ],
              "scope": "Namespaced"
            }
          ]
        },
        "matchConditions": [
          {
            "name": "deleted-or-given-an-owner-or-a-deletion-finalizer",
            "expression": "request.operation == 'DELETE' || (request.operation == 'UPDATE' && has(object.metadata.ownerReferences) && (!has(oldObject.metadata.ownerReferences) || object.metadata.ownerReferences != oldObject.metadata.ownerReferences)) || (has(object.metadata.finalizers) && object.metadata.finalizers.exists(f, f in ['orphan', 'foregroundDeletion'] && (oldObject == null || !has(oldObject.metadata.finalizers) || !(f in oldObject.metadata.finalizers))))"
          },
          {
            "name": "not-by-the-cluster",
            "expression": "!(request.userInfo.username in ['system:serviceaccount:kube-system:namespace-controller', 'system:serviceaccount:kube-system:generic-garbage-collector', 'system:kube-controller-manager'])"
          }
        ],
        "variables": [
          {
            "name": "spec",
            "expression": "oldObject == null ? object.spec : oldObject.spec"
          },
          {
            "name": "orphans",
            "expression": "request.operation == 'DELETE' && has(request.options) && ((has(request.options.propagationPolicy) && request.options.propagationPolicy == 'Orphan') || (has(request.options.orphanDependents) && request.options.orphanDependents))"
          },
          {
            "name": "namespaceTerminates",
            "expression": "has(namespaceObject.metadata.deletionTimestamp)"
          },
          {
            "name": "mayDeleteNetworkPolicies",
            "expression": "authorizer.group('networking.k8s.io').resource('networkpolicies').namespace(request.namespace).check('delete').allowed()"
          },
          {
            "name": "maySetPodSecurity",
            "expression": "authorizer.group('security.palisade.dev').resource('containersecuritypolicies').subresource('podsecurity').namespace(request.namespace).check('update').allowed()"
          },
          {
            "name": "maySetImages",
            "expression": "authorizer.group('security.palisade.dev').resource('containersecuritypolicies').subresource('images').namespace(request.namespace).check('update').allowed()"
          },
          {
            "name": "mayDeleteRoleBindings",
            "expression": "authorizer.group('rbac.authorization.k8s.io').resource('rolebindings').namespace(request.namespace).check('delete').allowed()"
          },
          {
            "name": "mayDeleteImageScans",
            "expression": "authorizer.group('security.palisade.dev').resource('imagescans').namespace(request.namespace).check('delete').allowed()"
          },
          {
            "name": "who",
            "expression": "request.userInfo.username"
          },
          {
            "name": "where",
            "expression": "' in namespace ' + request.namespace"
          }
        ],
        "validations": [
          {
            "expression": "!variables.orphans || variables.namespaceTerminates"
          },
          {
            "expression": "!has(variables.spec.images) || variables.namespaceTerminates || variables.maySetImages"
          },
          {
            "expression": "!has(variables.spec.network) || variables.namespaceTerminates || variables.mayDeleteNetworkPolicies"
          },
          {
            "expression": "!has(variables.spec.podSecurity) || variables.namespaceTerminates || variables.maySetPodSecurity"
          },
          {
            "expression": "!has(variables.spec.access) || variables.namespaceTerminates || variables.mayDeleteRoleBindings"
          },
          {
            "expression": "!has(variables.spec.scan) || variables.namespaceTerminates || variables.mayDeleteImageScans"
          }
        ]
      }
    },
    {
      "name": "palisade-policy-requester",
      "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                "security.palisade.dev"
              ],
              "apiVersions": [
                "*"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "containersecuritypolicies"
              ],
              "scope": "Namespaced"
            }
          ]
        },
        "matchConditions": [
          {
            "name": "spec-written",
            "expression": "oldObject == null || object.spec != oldObject.spec"
          }
        ],
        "variables": [
          {
            "name": "clusterDefault",
            "expression": "'baseline'"
          },
          {
            "name": "old",
            "expression": "oldObject == null ? dyn({}) : dyn(oldObject.spec)"
          },
          {
            "name": "switched",
            "expression": "oldObject != null && (object.spec.mode != oldObject.spec.mode || object.spec.suspend != oldObject.spec.suspend || (has(object.spec.childLabels) ? object.spec.childLabels : {}) != (has(oldObject.spec.childLabels) ? oldObject.spec.childLabels : {}))"
          },
          {
            "name": "writesNetwork",
            "expression": "has(object.spec.network) && (variables.switched || !has(variables.old.network) || object.spec.network != variables.old.network)"
          },
          {
            "name": "dropsNetwork",
            "expression": "has(variables.old.network) && !has(object.spec.network)"
          },
          {
            "name": "writesPodSecurity",
            "expression": "has(object.spec.podSecurity) && (variables.switched || !has(variables.old.podSecurity) || object.spec.podSecurity != variables.old.podSecurity)"
          },
          {
            "name": "dropsPodSecurity",
            "expression": "has(variables.old.podSecurity) && !has(object.spec.podSecurity)"
          },
          {
            "name": "writesImages",
            "expression": "has(object.spec.images) && (variables.switched || !has(variables.old.images) || object.spec.images != variables.old.images)"
          },
          {
            "name": "dropsImages",
            "expression": "has(variables.old.images) && !has(object.spec.images)"
          },
          {
            "name": "writesAccess",
            "expression": "has(object.spec.access) && (variables.switched || !has(variables.old.access) || object.spec.access != variables.old.access)"
          },
          {
            "name": "changesAccess",
            "expression": "has(variables.old.access) && (!has(object.spec.access) || variables.writesAccess)"
          },
          {
            "name": "writesScan",
            "expression": "has(object.spec.scan) && (variables.switched || !has(variables.old.scan) || object.spec.scan != variables.old.scan)"
          },
          {
            "name": "dropsScan",
            "expression": "has(variables.old.scan) && !has(object.spec.scan)"
          },
          {
            "name": "proposes",
            "expression": "has(object.spec.proposed) && (!has(variables.old.proposed) || object.spec.proposed != variables.old.proposed)"
          },
          {
            "name": "profiles",
            "expression": "variables.writesAccess && has(object.spec.access.bindings) ? object.spec.access.bindings.map(b, b.profile) : []"
          },
          {
            "name": "writesRoles",
            "expression": "variables.writesAccess && has(object.spec.access.roles) && size(object.spec.access.roles) > 0"
          },
          {
            "name": "mayCreateNetworkPolicies",
            "expression": "authorizer.group('networking.k8s.io').resource('networkpolicies').namespace(request.namespace).check('create').allowed()"
          },
          {
            "name": "mayDeleteNetworkPolicies",
            "expression": "authorizer.group('networking.k8s.io').resource('networkpolicies').namespace(request.namespace).check('delete').allowed()"
          },
          {
            "name": "maySetPodSecurity",
            "expression": "authorizer.group('security.palisade.dev').resource('containersecuritypolicies').subresource('podsecurity').namespace(request.namespace).check('update').allowed()"
          },
          {
            "name": "maySetImages",
            "expression": "authorizer.group('security.palisade.dev').resource('containersecuritypolicies').subresource('images').namespace(request.namespace).check('update').allowed()"
          },
          {
            "name": "mayUpdateNamespace",
            "expression": "authorizer.group('').resource('namespaces').namespace(request.namespace).name(request.namespace).check('update').allowed()"
          },
          {
            "name": "mayCreateRoleBindings",
            "expression": "authorizer.group('rbac.authorization.k8s.io').resource('rolebindings').namespace(request.namespace).check('create').allowed()"
          },
          {
            "name": "mayDeleteRoleBindings",
            "expression": "authorizer.group('rbac.authorization.k8s.io').resource('rolebindings').namespace(request.namespace).check('delete').allowed()"
          },
          {
            "name": "mayCreateRoles",
            "expression": "authorizer.group('rbac.authorization.k8s.io').resource('roles').namespace(request.namespace).check('create').allowed()"
          },
          {
            "name": "mayEscalate",
            "expression": "authorizer.group('rbac.authorization.k8s.io').resource('roles').namespace(request.namespace).check('escalate').allowed()"
          },
          {
            "name": "mayUseViewer",
            "expression": "authorizer.group('security.palisade.dev').resource('accessprofiles').namespace(request.namespace).name('viewer').check('use').allowed()"
          },
          {
            "name": "mayUseDeployer",
            "expression": "authorizer.group('security.palisade.dev').resource('accessprofiles').namespace(request.namespace).name('deployer').check('use').allowed()"
          },
          {
            "name": "mayUseAdmin",
            "expression": "authorizer.group('security.palisade.dev').resource('accessprofiles').namespace(request.namespace).name('admin').check('use').allowed()"
          },
          {
            "name": "mayCreateImageScans",
            "expression": "authorizer.group('security.palisade.dev').resource('imagescans').namespace(request.namespace).check('create').allowed()"
          },
          {
            "name": "mayUpdateImageScans",
            "expression": "authorizer.group('security.palisade.dev').resource('imagescans').namespace(request.namespace).check('update').allowed()"
          },
          {
            "name": "mayDeleteImageScans",
            "expression": "authorizer.group('security.palisade.dev').resource('imagescans').namespace(request.namespace).check('delete').allowed()"
          },
          {
            "name": "mayListPods",
            "expression": "authorizer.group('').resource('pods').namespace(request.namespace).check('list').allowed()"
          },
          {
            "name": "rank",
            "expression": "{'privileged': 0, 'baseline': 1, 'restricted': 2}"
          },
          {
            "name": "labels",
            "expression": "has(namespaceObject.metadata.labels) ? namespaceObject.metadata.labels : {}"
          },
          {
            "name": "floor",
            "expression": "'pod-security.kubernetes.io/enforce' in variables.labels ? variables.labels['pod-security.kubernetes.io/enforce'] : 'privileged'"
          },
          {
            "name": "raisedIt",
            "expression": "has(variables.old.podSecurity) && variables.old.podSecurity.level == variables.floor"
          },
          {
            "name": "belowLabel",
            "expression": "variables.floor != 'privileged' && !variables.raisedIt && (!(variables.floor in variables.rank) || variables.rank[object.spec.podSecurity.level] < variables.rank[variables.floor] || (object.spec.podSecurity.level == variables.floor && object.spec.podSecurity.version != 'latest'))"
          },
          {
            "name": "belowDefault",
            "expression": "variables.rank[object.spec.podSecurity.level] < variables.rank[variables.clusterDefault] && !('pod-security.kubernetes.io/enforce' in variables.labels && variables.floor == object.spec.podSecurity.level)"
          },
          {
            "name": "weakens",
            "expression": "variables.writesPodSecurity && (variables.belowLabel || variables.belowDefault)"
          },
          {
            "name": "pinsVersion",
            "expression": "variables.writesPodSecurity && object.spec.podSecurity.version != 'latest'"
          },
          {
            "name": "who",
            "expression": "request.userInfo.username"
          },
          {
            "name": "where",
            "expression": "' in namespace ' + request.namespace"
          }
        ],
        "validations": [
          {
            "expression": "!variables.writesNetwork || variables.mayCreateNetworkPolicies"
          },
          {
            "expression": "!variables.dropsNetwork || variables.mayDeleteNetworkPolicies"
          },
          {
            "expression": "!(variables.writesPodSecurity || variables.dropsPodSecurity) || variables.maySetPodSecurity"
          },
          {
            "expression": "!variables.weakens || variables.mayUpdateNamespace"
          },
          {
            "expression": "!variables.pinsVersion || variables.mayUpdateNamespace"
          },
          {
            "expression": "!(variables.writesImages || variables.dropsImages) || variables.maySetImages"
          },
          {
            "expression": "!variables.writesAccess || variables.mayCreateRoleBindings"
          },
          {
            "expression": "!variables.changesAccess || variables.mayDeleteRoleBindings"
          },
          {
            "expression": "!variables.writesRoles || (variables.mayCreateRoles && variables.mayEscalate)"
          },
          {
            "expression": "!('viewer' in variables.profiles) || variables.mayUseViewer"
          },
          {
            "expression": "!('deployer' in variables.profiles) || variables.mayUseDeployer"
          },
          {
            "expression": "!('admin' in variables.profiles) || variables.mayUseAdmin"
          },
          {
            "expression": "!variables.writesScan || variables.mayCreateImageScans"
          },
          {
            "expression": "!variables.writesScan || !has(variables.old.scan) || variables.mayUpdateImageScans"
          },
          {
            "expression": "!variables.dropsScan || variables.mayDeleteImageScans"
          },
          {
            "expression": "!variables.proposes || variables.mayListPods"
          }
        ]
      }
    },
    {
      "name": "palisade-reserved-namespaces",
      "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                ""
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE",
                "DELETE"
              ],
              "resources": [
                "namespaces",
                "namespaces/finalize",
                "namespaces/status"
              ],
              "scope": "Cluster"
            },
            {
              "apiGroups": [
                "networking.k8s.io"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE",
                "DELETE"
              ],
              "resources": [
                "networkpolicies"
              ],
              "scope": "Namespaced"
            },
            {
              "apiGroups": [
                "rbac.authorization.k8s.io"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE",
                "DELETE"
              ],
              "resources": [
                "roles",
                "rolebindings"
              ],
              "scope": "Namespaced"
            },
            {
              "apiGroups": [
                "security.palisade.dev"
              ],
              "apiVersions": [
                "*"
              ],
              "operations": [
                "CREATE",
                "UPDATE",
                "DELETE"
              ],
              "resources": [
                "imagescans"
              ],
              "scope": "Namespaced"
            }
          ]
        },
        "matchConditions": [
          {
            "name": "by-the-operator",
            "expression": "request.userInfo.username == 'system:serviceaccount:palisade-system:palisade'"
          }
        ],
        "variables": [
          {
            "name": "reserved",
            "expression": "['kube-*', 'palisade-system']"
          },
          {
            "name": "where",
            "expression": "request.resource.resource == 'namespaces' ? request.name : request.namespace"
          }
        ],
        "validations": [
          {
            "expression": "!variables.reserved.exists(r, r.endsWith('*') ? variables.where.startsWith(r.substring(0, r.size() - 1)) : variables.where == r)"
          }
        ]
      }
    },
    {
      "name": "palisade-status",
      "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                "security.palisade.dev"
              ],
              "apiVersions": [
                "*"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "containersecuritypolicies/status",
                "imagescans/status"
              ],
              "scope": "Namespaced"
            }
          ]
        },
        "validations": [
          {
            "expression": "authorizer.group('security.palisade.dev').resource(request.resource.resource).subresource('status') .namespace(request.namespace).check('publish').allowed()"
          }
        ]
      }
    },
    {
      "name": "palisade-trusted-images",
      "spec": {
        "failurePolicy": "Fail",
        "paramKind": {
          "apiVersion": "security.palisade.dev/v1alpha1",
          "kind": "ContainerSecurityPolicy"
        },
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "namespaceSelector": {
            "matchExpressions": [
              {
                "key": "security.palisade.dev/trusted-images",
                "operator": "Exists"
              }
            ]
          },
          "resourceRules": [
            {
              "apiGroups": [
                ""
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "pods",
                "pods/ephemeralcontainers"
              ]
            },
            {
              "apiGroups": [
                "apps"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "deployments",
                "statefulsets",
                "daemonsets"
              ]
            },
            {
              "apiGroups": [
                "batch"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "jobs",
                "cronjobs"
              ]
            }
          ]
        },
        "matchConditions": [
          {
            "name": "not-reserved",
            "expression": "!['kube-*', 'palisade-system'].exists(r, r.endsWith('*') ? request.namespace.startsWith(r.substring(0, r.size() - 1)) : request.namespace == r)"
          },
          {
            "name": "mode",
            "expression": "params.spec.mode == 'Enforce'"
          },
          {
            "name": "has-image-rules",
            "expression": "has(params.spec.images)"
          }
        ],
        "variables": [
          {
            "name": "written",
            "expression": "((has(params.spec.images.allowed) ? ['allowed=' + params.spec.images.allowed.join(',')] : []) + (params.spec.images.requireDigest ? ['requireDigest'] : []) + (has(params.spec.images.requireRegistry) && params.spec.images.requireRegistry ? ['requireRegistry'] : [])).join(' ')"
          },
          {
            "name": "record",
            "expression": "'enforced-images.security.palisade.dev/' + params.metadata.uid"
          },
          {
            "name": "recorded",
            "expression": "has(namespaceObject.metadata.annotations) && variables.record in namespaceObject.metadata.annotations ? [namespaceObject.metadata.annotations[variables.record]] : []"
          },
          {
            "name": "rules",
            "expression": "has(params.spec.images.onViolation) && params.spec.images.onViolation == 'Wait' ? variables.recorded : [variables.written]"
          },
          {
            "name": "words",
            "expression": "variables.rules.size() == 0 ? [] : variables.rules[0].split(' ')"
          },
          {
            "name": "allowed",
            "expression": "variables.words.filter(w, w.startsWith('allowed=')).map(w, w.substring(8).split(','))"
          },
          {
            "name": "podSpec",
            "expression": "request.resource.resource == 'pods' ? object.spec : request.resource.resource == 'cronjobs' ? object.spec.jobTemplate.spec.template.spec : object.spec.template.spec"
          },
          {
            "name": "oldPodSpec",
            "expression": "request.resource.resource == 'pods' ? oldObject.spec : request.resource.resource == 'cronjobs' ? oldObject.spec.jobTemplate.spec.template.spec : oldObject.spec.template.spec"
          },
          {
            "name": "images",
            "expression": "variables.podSpec.containers.map(c, 'c ' + c.name + ' ' + (has(c.image) ? c.image : '')) + (has(variables.podSpec.initContainers) ? variables.podSpec.initContainers.map(c, 'i ' + c.name + ' ' + (has(c.image) ? c.image : '')) : []) + (has(variables.podSpec.ephemeralContainers) ? variables.podSpec.ephemeralContainers.map(c, 'e ' + c.name + ' ' + (has(c.image) ? c.image : '')) : []) + (has(variables.podSpec.volumes) ? variables.podSpec.volumes.filter(v, has(v.image) && has(v.image.reference)).map(v, 'v ' + v.name + ' ' + v.image.reference) : [])"
          },
          {
            "name": "oldImages",
            "expression": "oldObject == null ? [] : variables.oldPodSpec.containers.map(c, 'c ' + c.name + ' ' + (has(c.image) ? c.image : '')) + (has(variables.oldPodSpec.initContainers) ? variables.oldPodSpec.initContainers.map(c, 'i ' + c.name + ' ' + (has(c.image) ? c.image : '')) : []) + (has(variables.oldPodSpec.ephemeralContainers) ? variables.oldPodSpec.ephemeralContainers.map(c, 'e ' + c.name + ' ' + (has(c.image) ? c.image : '')) : []) + (has(variables.oldPodSpec.volumes) ? variables.oldPodSpec.volumes.filter(v, has(v.image) && has(v.image.reference)).map(v, 'v ' + v.name + ' ' + v.image.reference) : [])"
          },
          {
            "name": "added",
            "expression": "variables.rules.size() == 0 ? [] : variables.images.filter(i, request.resource.resource != 'pods' || !(i in variables.oldImages)) .map(i, i.split(' ', 3)[2])"
          },
          {
            "name": "unreadable",
            "expression": "variables.added.filter(i, i.size() > 1024 || i.matches('^(sha(256|384|512):|[a-f0-9]{3,64}$)') || !i.matches( '^(([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?([.][a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\\\[[a-fA-F0-9:]+\\\\])(:[0-9]+)?/)?' + '[a-z0-9]+(([.]|__?|-+)[a-z0-9]+)*(/[a-z0-9]+(([.]|__?|-+)[a-z0-9]+)*)*' + '(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?(@[a-zA-Z][a-zA-Z0-9]*([+._-][a-zA-Z][a-zA-Z0-9]*)*:[a-fA-F0-9]{32,})?$'))"
          },
          {
            "name": "undigested",
            "expression": "!('requireDigest' in variables.words) ? [] : variables.added.filter(i, !i.matches('@sha256:[0-9a-f]{64}$'))"
          },
          {
            "name": "unqualified",
            "expression": "!('requireRegistry' in variables.words) ? [] : variables.added.filter(i, !i.contains('/') || !i.split('/')[0].matches('[.:A-Z]|^localhost$'))"
          },
          {
            "name": "untrusted",
            "expression": "variables.allowed.size() == 0 ? [] : variables.added.filter(i, ![i.split('@')[0]] .map(n, n.lastIndexOf(':') > n.lastIndexOf('/') ? n.substring(0, n.lastIndexOf(':')) : n) .map(n, n.contains('/') && n.split('/')[0].matches('[.:A-Z]|^localhost$') ? n : 'docker.io/' + n) .map(n, n.startsWith('index.docker.io/') ? n.substring(6) : n) .map(n, n.matches('^docker[.]io/[^/]+$') ? 'docker.io/library/' + n.substring(10) : n) .exists(n, variables.allowed[0].exists(p, p.endsWith('/*') ? n.startsWith(p.substring(0, p.size() - 1)) : n == p)))"
          },
          {
            "name": "refused",
            "expression": "variables.added.filter(i, i in variables.unreadable || i in variables.undigested || i in variables.unqualified || i in variables.untrusted)"
          },
          {
            "name": "refusedText",
            "expression": "[variables.refused.join(', ').replace('\\n', ' ')].map(t, t.size() > 1024 ? t.substring(0, 1024) + '…' : t)[0]"
          },
          {
            "name": "allowedText",
            "expression": "variables.allowed.size() == 0 ? 'every repository' : [variables.allowed[0].join(', ')].map(t, t.size() > 2048 ? t.substring(0, 2048) + '…' : t)[0]"
          }
        ],
        "validations": [
          {
            "expression": "variables.refused.size() == 0"
          }
        ]
      }
    },
    {
      "name": "palisade-trusted-images-audit",
      "spec": {
        "failurePolicy": "Fail",
        "paramKind": {
          "apiVersion": "security.palisade.dev/v1alpha1",
          "kind": "ContainerSecurityPolicy"
        },
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "namespaceSelector": {
            "matchExpressions": [
              {
                "key": "security.palisade.dev/trusted-images",
                "operator": "Exists"
              }
            ]
          },
          "resourceRules": [
            {
              "apiGroups": [
                ""
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "pods",
                "pods/ephemeralcontainers"
              ]
            },
            {
              "apiGroups": [
                "apps"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "deployments",
                "statefulsets",
                "daemonsets"
              ]
            },
            {
              "apiGroups": [
                "batch"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "jobs",
                "cronjobs"
              ]
            }
          ]
        },
        "matchConditions": [
          {
            "name": "not-reserved",
            "expression": "!['kube-*', 'palisade-system'].exists(r, r.endsWith('*') ? request.namespace.startsWith(r.substring(0, r.size() - 1)) : request.namespace == r)"
          },
          {
            "name": "mode",
            "expression": "params.spec.mode == 'Audit' || (has(params.spec.images) && has(params.spec.images.onViolation) && params.spec.images.onViolation == 'Wait')"
          },
          {
            "name": "has-image-rules",
            "expression": "has(params.spec.images)"
          }
        ],
        "variables": [
          {
            "name": "written",
            "expression": "((has(params.spec.images.allowed) ? ['allowed=' + params.spec.images.allowed.join(',')] : []) + (params.spec.images.requireDigest ? ['requireDigest'] : []) + (has(params.spec.images.requireRegistry) && params.spec.images.requireRegistry ? ['requireRegistry'] : [])).join(' ')"
          },
          {
            "name": "record",
            "expression": "'enforced-images.security.palisade.dev/' + params.metadata.uid"
          },
          {
            "name": "recorded",
            "expression": "has(namespaceObject.metadata.annotations) && variables.record in namespaceObject.metadata.annotations ? [namespaceObject.metadata.annotations[variables.record]] : []"
          },
          {
            "name": "rules",
            "expression": "params.spec.mode == 'Enforce' && variables.recorded == [variables.written] ? [] : [variables.written]"
          },
          {
            "name": "words",
            "expression": "variables.rules.size() == 0 ? [] : variables.rules[0].split(' ')"
          },
          {
            "name": "allowed",
            "expression": "variables.words.filter(w, w.startsWith('allowed=')).map(w, w.substring(8).split(','))"
          },
          {
            "name": "podSpec",
            "expression": "request.resource.resource == 'pods' ? object.spec : request.resource.resource == 'cronjobs' ? object.spec.jobTemplate.spec.template.spec : object.spec.template.spec"
          },
          {
            "name": "oldPodSpec",
            "expression": "request.resource.resource == 'pods' ? oldObject.spec : request.resource.resource == 'cronjobs' ? oldObject.spec.jobTemplate.spec.template.spec : oldObject.spec.template.spec"
          },
          {
            "name": "images",
            "expression": "variables.podSpec.containers.map(c, 'c ' + c.name + ' ' + (has(c.image) ? c.image : '')) + (has(variables.podSpec.initContainers) ? variables.podSpec.initContainers.map(c, 'i ' + c.name + ' ' + (has(c.image) ? c.image : '')) : []) + (has(variables.podSpec.ephemeralContainers) ? variables.podSpec.ephemeralContainers.map(c, 'e ' + c.name + ' ' + (has(c.image) ? c.image : '')) : []) + (has(variables.podSpec.volumes) ? variables.podSpec.volumes.filter(v, has(v.image) && has(v.image.reference)).map(v, 'v ' + v.name + ' ' + v.image.reference) : [])"
          },
          {
            "name": "oldImages",
            "expression": "oldObject == null ? [] : variables.oldPodSpec.containers.map(c, 'c ' + c.name + ' ' + (has(c.image) ? c.image : '')) + (has(variables.oldPodSpec.initContainers) ? variables.oldPodSpec.initContainers.map(c, 'i ' + c.name + ' ' + (has(c.image) ? c.image : '')) : []) + (has(variables.oldPodSpec.ephemeralContainers) ? variables.oldPodSpec.ephemeralContainers.map(c, 'e ' + c.name + ' ' + (has(c.image) ? c.image : '')) : []) + (has(variables.oldPodSpec.volumes) ? variables.oldPodSpec.volumes.filter(v, has(v.image) && has(v.image.reference)).map(v, 'v ' + v.name + ' ' + v.image.reference) : [])"
          },
          {
            "name": "added",
            "expression": "variables.rules.size() == 0 ? [] : variables.images.filter(i, request.resource.resource != 'pods' || !(i in variables.oldImages)) .map(i, i.split(' ', 3)[2])"
          },
          {
            "name": "unreadable",
            "expression": "variables.added.filter(i, i.size() > 1024 || i.matches('^(sha(256|384|512):|[a-f0-9]{3,64}$)') || !i.matches( '^(([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?([.][a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\\\[[a-fA-F0-9:]+\\\\])(:[0-9]+)?/)?' + '[a-z0-9]+(([.]|__?|-+)[a-z0-9]+)*(/[a-z0-9]+(([.]|__?|-+)[a-z0-9]+)*)*' + '(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?(@[a-zA-Z][a-zA-Z0-9]*([+._-][a-zA-Z][a-zA-Z0-9]*)*:[a-fA-F0-9]{32,})?$'))"
          },
          {
            "name": "undigested",
            "expression": "!('requireDigest' in variables.words) ? [] : variables.added.filter(i, !i.matches('@sha256:[0-9a-f]{64}$'))"
          },
          {
            "name": "unqualified",
            "expression": "!('requireRegistry' in variables.words) ? [] : variables.added.filter(i, !i.contains('/') || !i.split('/')[0].matches('[.:A-Z]|^localhost$'))"
          },
          {
            "name": "untrusted",
            "expression": "variables.allowed.size() == 0 ? [] : variables.added.filter(i, ![i.split('@')[0]] .map(n, n.lastIndexOf(':') > n.lastIndexOf('/') ? n.substring(0, n.lastIndexOf(':')) : n) .map(n, n.contains('/') && n.split('/')[0].matches('[.:A-Z]|^localhost$') ? n : 'docker.io/' + n) .map(n, n.startsWith('index.docker.io/') ? n.substring(6) : n) .map(n, n.matches('^docker[.]io/[^/]+$') ? 'docker.io/library/' + n.substring(10) : n) .exists(n, variables.allowed[0].exists(p, p.endsWith('/*') ? n.startsWith(p.substring(0, p.size() - 1)) : n == p)))"
          },
          {
            "name": "refused",
            "expression": "variables.added.filter(i, i in variables.unreadable || i in variables.undigested || i in variables.unqualified || i in variables.untrusted)"
          },
          {
            "name": "refusedText",
            "expression": "[variables.refused.join(', ').replace('\\n', ' ')].map(t, t.size() > 1024 ? t.substring(0, 1024) + '…' : t)[0]"
          },
          {
            "name": "allowedText",
            "expression": "variables.allowed.size() == 0 ? 'every repository' : [variables.allowed[0].join(', ')].map(t, t.size() > 2048 ? t.substring(0, 2048) + '…' : t)[0]"
          }
        ],
        "validations": [
          {
            "expression": "variables.refused.size() == 0"
          }
        ]
      }
    },
    {
      "name": "palisade-withdrawal-warning",
      "spec": {
        "failurePolicy": "Ignore",
        "matchConstraints": {
          "matchPolicy": "Equivalent",
          "resourceRules": [
            {
              "apiGroups": [
                "security.palisade.dev"
              ],
              "apiVersions": [
                "*"
              ],
              "operations": [
                "UPDATE"
              ],
              "resources": [
                "containersecuritypolicies"
              ],
              "scope": "Namespaced"
            }
          ]
        },
        "matchConditions": [
          {
            "name": "from-enforce-to-audit",
            "expression": "oldObject.spec.mode == 'Enforce' && object.spec.mode == 'Audit'"
          }
        ],
        "variables": [
          {
            "name": "withdrawn",
            "expression": "(has(oldObject.spec.network) ? ['the NetworkPolicies of network'] : []) + (has(oldObject.spec.podSecurity) ? ['the Pod Security labels of podSecurity'] : []) + (has(oldObject.spec.access) ? ['the Roles and RoleBindings of access'] : []) + (has(oldObject.spec.images) ? ['the refusal of images (they only return warnings)'] : []) + (has(oldObject.spec.scan) ? ['the ImageScan of scan, with its results'] : [])"
          },
          {
            "name": "later",
            "expression": "has(object.spec.suspend) && object.spec.suspend ? (has(oldObject.spec.images) ? ' (the refusal of images at once, the rest when it is resumed)' : ' (when it is resumed)') : ''"
          }
        ],
        "validations": [
          {
            "expression": "size(variables.withdrawn) == 0"
          }
        ]
      }
    }
  ],
  "bindings": [
    {
      "name": "palisade-enforced-images",
      "spec": {
        "policyName": "palisade-enforced-images",
        "validationActions": [
          "Deny"
        ]
      }
    },
    {
      "name": "palisade-operator-children",
      "spec": {
        "policyName": "palisade-operator-children",
        "validationActions": [
          "Deny"
        ]
      }
    },
    {
      "name": "palisade-operator-namespaces",
      "spec": {
        "policyName": "palisade-operator-namespaces",
        "validationActions": [
          "Deny"
        ]
      }
    },
    {
      "name": "palisade-operator-policies",
      "spec": {
        "policyName": "palisade-operator-policies",
        "validationActions": [
          "Deny"
        ]
      }
    },
    {
      "name": "palisade-operator-rolebindings",
      "spec": {
        "policyName": "palisade-operator-rolebindings",
        "validationActions": [
          "Deny"
        ]
      }
    },
    {
      "name": "palisade-operator-roles",
      "spec": {
        "policyName": "palisade-operator-roles",
        "validationActions": [
          "Deny"
        ]
      }
    },
    {
      "name": "palisade-policy-deleter",
      "spec": {
        "policyName": "palisade-policy-deleter",
        "validationActions": [
          "Deny"
        ]
      }
    },
    {
      "name": "palisade-policy-requester",
      "spec": {
        "policyName": "palisade-policy-requester",
        "validationActions": [
          "Deny"
        ]
      }
    },
    {
      "name": "palisade-reserved-namespaces",
      "spec": {
        "policyName": "palisade-reserved-namespaces",
        "validationActions": [
          "Deny"
        ]
      }
    },
    {
      "name": "palisade-status",
      "spec": {
        "policyName": "palisade-status",
        "validationActions": [
          "Deny"
        ]
      }
    },
    {
      "name": "palisade-trusted-images",
      "spec": {
        "policyName": "palisade-trusted-images",
        "paramRef": {
          "selector": {},
          "parameterNotFoundAction": "Allow"
        },
        "validationActions": [
          "Deny"
        ],
        "matchResources": {
          "resourceRules": [
            {
              "apiGroups": [
                ""
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "pods",
                "pods/ephemeralcontainers"
              ]
            }
          ]
        }
      }
    },
    {
      "name": "palisade-trusted-images-audit",
      "spec": {
        "policyName": "palisade-trusted-images-audit",
        "paramRef": {
          "selector": {},
          "parameterNotFoundAction": "Allow"
        },
        "validationActions": [
          "Warn",
          "Audit"
        ]
      }
    },
    {
      "name": "palisade-trusted-images-workloads",
      "spec": {
        "policyName": "palisade-trusted-images",
        "paramRef": {
          "selector": {},
          "parameterNotFoundAction": "Allow"
        },
        "validationActions": [
          "Warn"
        ],
        "matchResources": {
          "resourceRules": [
            {
              "apiGroups": [
                "apps",
                "batch"
              ],
              "apiVersions": [
                "v1"
              ],
              "operations": [
                "CREATE",
                "UPDATE"
              ],
              "resources": [
                "deployments",
                "statefulsets",
                "daemonsets",
                "jobs",
                "cronjobs"
              ]
            }
          ]
        }
      }
    },
    {
      "name": "palisade-withdrawal-warning",
      "spec": {
        "policyName": "palisade-withdrawal-warning",
        "validationActions": [
          "Warn"
        ]
      }
    }
  ]
};
