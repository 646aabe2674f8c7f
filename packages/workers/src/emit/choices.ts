/** The words that a declaration's keys choose from, and what they become in records; beside each other by index. */

import { ExportLinkage, STT, STV } from "@manifold/core";

export const EXTERN_TYPES = ["func", "object", "tls"] as const;
export const EXTERN_TYPE_VALUES: readonly number[] = [STT.FUNC, STT.OBJECT, STT.TLS];
export const LINKAGES = ["strong", "weak", "internal"] as const;
export const LINKAGE_VALUES: readonly number[] = [ExportLinkage.STRONG, ExportLinkage.WEAK, ExportLinkage.INTERNAL];
export const VISIBILITIES = ["default", "hidden", "protected"] as const;
export const VISIBILITY_VALUES: readonly number[] = [STV.DEFAULT, STV.HIDDEN, STV.PROTECTED];
