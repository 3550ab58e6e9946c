// Generated from crds/imagescans.security.palisade.dev.yaml by npm run generate. Do not edit.
import type {ObjectMeta} from './meta.ts';

/**
 * ImageScan selects the images of its namespace that are scanned for known vulnerabilities, the times of scans, and the acceptable findings. Palisade scans running images by digest, publishes the results in the status, and scans again on schedule and when the vulnerability database is updated.
 */
export interface ImageScan {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  /**
   * Images to scan, times of scans, and acceptable findings.
   */
  spec: {
    /**
     * Times of rescans, as five cron fields (minute hour day month weekday) or @hourly, @daily, @weekly, @monthly, @yearly. Each ImageScan runs up to 10 minutes later, always by the same delay. Absent: a new image is scanned at once, and every image when the vulnerability database is updated.
     */
    schedule?: string;
    /**
     * Time zone of schedule, as in Europe/Berlin. Absent: UTC.
     */
    timeZone?: string;
    /**
     * true stops scans for this ImageScan. Counts and findings in the status stay, and the conditions become Unknown.
     */
    suspend?: boolean;
    /**
     * Images to scan.
     */
    target?: {
      /**
       * Selects pods of this namespace by their labels; every requirement must hold. Absent or {}: all pods. Every image of the pods is scanned, including those of init and ephemeral containers.
       */
      selector?: {
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
       * Whether images of Deployments, StatefulSets, DaemonSets, Jobs and CronJobs are scanned that no pod runs at the moment. The selector applies to the labels of their pods. A tag is resolved again at every scan. Default: true.
       */
      templates?: boolean;
      /**
       * Additional images to scan, running or not, as in registry.example.com/team/app:1.2 or with @sha256 and a digest. A tag is resolved again at every scan.
       *
       * @maxItems 64
       */
      images?: string[];
    };
    /**
     * Lowest severity that makes the condition Compliant False. With None, no finding does. Findings of unknown severity count as Low. Default: Critical.
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
     * Kinds of packages that may stay unmatched. Compliant is Unknown while an image has packages of another kind that were not looked at. UnsupportedDistribution: the vulnerability database has no advisories for the distribution. UnidentifiedJars: jars without a pom.properties that the index of jars does not know. ThirdPartyPackages: packages of other vendors than the distribution. NoPackagesFound: the image has no package database. UnversionedPrograms: Go programs that were built without a version. ScannerLimit: packages that the scanner lists but cannot match, and files and package databases that it cannot read. Default: ThirdPartyPackages, NoPackagesFound and UnversionedPrograms.
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
    /**
     * Secrets of this namespace with registry credentials, of type kubernetes.io/dockerconfigjson. The operator reads them only if a Role of the namespace names them, as in config/pull-secrets; see docs/imagescan.md.
     *
     * @maxItems 8
     */
    pullSecrets?: {
      /**
       * Name of the Secret.
       */
      name: string;
    }[];
    /**
     * Statements about findings, in the terms of OpenVEX. not_affected and fixed suppress a finding.
     *
     * @maxItems 256
     */
    exceptions?: {
      /**
       * ID of the vulnerability, as in CVE-2024-1234. Its aliases count too, such as the GHSA of a CVE; upper and lower case do not differ.
       */
      id: string;
      /**
       * Applies only to the package of this name, as in status.findings: a binary package, as in zlib1g. Absent: every package.
       */
      package?: string;
      /**
       * Applies only to this image: a repository, as in registry.example.com/payments/api, all repositories below a path with a final /*, or one image as repository@sha256:digest. Absent: every image.
       */
      image?: string;
      /**
       * not_affected and fixed suppress the finding. affected and under_investigation do not; reports show the status with it.
       */
      status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
      /**
       * Reason for the statement. Shown with the finding.
       */
      justification?: string;
      /**
       * Time at which the exception ends and the finding counts again: date, time and zone of RFC 3339, as in 2027-01-31T00:00:00Z. Absent: never.
       */
      expiresAt?: string;
    }[];
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
     * Reason of the first of the conditions Ready, Compliant and Fresh that is not True; of Ready when all are. Output, for the column REASON.
     */
    reason?: string;
    /**
     * Last handled value of the annotation security.palisade.dev/rescan-requested-at.
     */
    lastHandledRescanAt?: string;
    /**
     * Ready, Compliant and Fresh are always present, Reconciling and Stalled only while True. Each message names object, cause and cure.
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
     * Time of the last scan of an image of this ImageScan.
     */
    lastScanTime?: string;
    /**
     * Last scheduled time for which a scan was started.
     */
    lastScheduleTime?: string;
    /**
     * Time of the next scheduled scan, RFC 3339.
     */
    nextScanTime?: string;
    /**
     * Scanner and vulnerability database.
     */
    scanner?: {
      /**
       * Name of the scanner.
       */
      name?: string;
      /**
       * Version of the scanner.
       */
      version?: string;
      /**
       * Build time of the vulnerability database.
       */
      databaseUpdatedAt?: string;
      /**
       * OCI repository of the vulnerability database, for palisade scan --like. Absent: a Trivy server has the database.
       */
      databaseRepository?: string;
    };
    /**
     * Exact counts over all images, including those that are not listed below.
     */
    summary?: {
      /**
       * Images; each digest and platform counts once.
       */
      images?: number;
      /**
       * Images with a scan result.
       */
      scanned?: number;
      /**
       * Images without a first scan yet.
       */
      pending?: number;
      /**
       * Images whose last scan failed, with or without an older result.
       */
      failed?: number;
      /**
       * Critical findings.
       */
      critical?: number;
      /**
       * High findings.
       */
      high?: number;
      /**
       * Medium findings.
       */
      medium?: number;
      /**
       * Low findings.
       */
      low?: number;
      /**
       * Findings of unknown severity.
       */
      unknown?: number;
      /**
       * Findings with a fixed version.
       */
      fixable?: number;
      /**
       * Findings that the previous scan did not have.
       */
      new?: number;
      /**
       * Findings that exceptions remove from the counts above.
       */
      suppressed?: number;
      /**
       * Images with packages that were not looked at and that spec.acceptUnknown does not accept.
       */
      uncovered?: number;
    };
    /**
     * Images, at most 50: failed ones first, then those with the most severe findings.
     *
     * @maxItems 50
     */
    images?: {
      /**
       * Image reference as written in the pod, in target.images or in a workload.
       */
      image: string;
      /**
       * Digest of the image.
       */
      digest?: string;
      /**
       * Operating system and architecture of the node, as in linux/amd64.
       */
      platform: string;
      /**
       * Pods that run the image.
       */
      pods?: number;
      /**
       * Where the image is named, if no pod runs it: in target.images, or in the pod template of a workload.
       */
      source?: 'Target' | 'Template';
      /**
       * Failed: the last scan failed, and counts, if any, are from scannedAt.
       */
      state: 'Pending' | 'Scanned' | 'Failed';
      /**
       * Reason of the last failure, for programs.
       */
      reason?: string;
      /**
       * Cause and cure of the last failure, for users.
       */
      message?: string;
      /**
       * Time of the scan that produced the counts.
       */
      scannedAt?: string;
      /**
       * Critical findings.
       */
      critical?: number;
      /**
       * High findings.
       */
      high?: number;
      /**
       * Medium findings.
       */
      medium?: number;
      /**
       * Low findings.
       */
      low?: number;
      /**
       * Findings of unknown severity.
       */
      unknown?: number;
      /**
       * Findings with a fixed version.
       */
      fixable?: number;
      /**
       * Findings that exceptions suppress.
       */
      suppressed?: number;
      /**
       * Distribution and version, as in debian 12.5.
       */
      os?: string;
      /**
       * true: the distribution has reached its end of life and gets no more fixes.
       */
      endOfLife?: boolean;
      /**
       * Time at which the oldest fixable finding was first seen in this cluster.
       */
      oldestFixableAt?: string;
      /**
       * Packages that were matched, and those that were not looked at.
       */
      coverage?: {
        /**
         * Packages that were matched with advisories.
         */
        packages?: number;
        /**
         * Packages that were not looked at. Absent: none.
         *
         * @maxItems 8
         */
        gaps?: {
          /**
           * Kind of packages, as in spec.acceptUnknown.
           */
          kind: string;
          /**
           * Packages or jars. Absent: not known.
           */
          count?: number;
          /**
           * true: spec.acceptUnknown accepts this kind.
           */
          accepted?: boolean;
          /**
           * Cause and cure, for users.
           */
          message?: string;
        }[];
      };
      /**
       * Shortest list of upgrades that makes the image compliant, as in openssl 3.0.15 -> 3.0.17; at most 10.
       *
       * @maxItems 10
       */
      advice?: string[];
      /**
       * Upgrades that are not listed.
       */
      adviceOmitted?: number;
    }[];
    /**
     * Images that are not listed.
     */
    imagesOmitted?: number;
    /**
     * Findings of all images, the most severe first; at most 50. palisade report prints all of them.
     *
     * @maxItems 50
     */
    findings?: {
      /**
       * ID of the vulnerability.
       */
      id: string;
      /**
       * Name of the package.
       */
      package: string;
      /**
       * Installed version.
       */
      installed?: string;
      /**
       * Versions that fix the finding. Absent: there is none.
       */
      fixed?: string;
      /**
       * Severity of the finding.
       */
      severity: 'Critical' | 'High' | 'Medium' | 'Low' | 'Unknown';
      /**
       * true: the vulnerability is known to be exploited, as KEV of --enrichment says.
       */
      knownExploited?: boolean;
      /**
       * EPSS of --enrichment: probability, 0 to 1, that the vulnerability is exploited within 30 days.
       */
      epss?: string;
      /**
       * Images with the finding.
       */
      images: number;
      /**
       * Time at which the finding was first seen in this cluster.
       */
      firstSeenAt?: string;
      /**
       * Title of the vulnerability.
       */
      title?: string;
    }[];
    /**
     * Findings that are not listed.
     */
    findingsOmitted?: number;
    /**
     * Effect of each entry of spec.exceptions, in the same order.
     *
     * @maxItems 256
     */
    exceptions?: {
      /**
       * ID of the vulnerability.
       */
      id: string;
      /**
       * As in the spec.
       */
      package?: string;
      /**
       * As in the spec.
       */
      image?: string;
      /**
       * As in the spec.
       */
      status: string;
      /**
       * As in the spec.
       */
      justification?: string;
      /**
       * Findings that the exception applies to.
       */
      findings: number;
      /**
       * As in the spec.
       */
      expiresAt?: string;
      /**
       * true: the exception has ended, and its findings count.
       */
      expired?: boolean;
    }[];
  };
}
