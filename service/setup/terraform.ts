import { type PolicyDocument, writePolicy } from '@sluice/iam'
import { aboutElsewhere, aboutSetup } from './about.ts'
import { POLICY_NAME } from './commands.ts'
import { writeHcl } from './hcl.ts'
import { writePermissionsPolicy } from './permissions.ts'
import type { PrincipalForm } from './principal.ts'
import { commentOf, quoteForHcl } from './quote.ts'
import { writeTrustPolicy } from './trust-policy.ts'
import { roleOf, type SetupValues } from './values.ts'

/** The role as a module of one file for Terraform and OpenTofu. */
export function writeTerraform(values: SetupValues, form: PrincipalForm): string {
  const { accountId, path, name } = roleOf(values.roleArn)
  const about = aboutModule(values, form).map((text) => commentOf(text))
  return `${about.join('\n#\n')}

terraform {
  required_version = ">= 1.2"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_caller_identity" "sluice" {}

resource "aws_iam_role" "sluice" {
  name = ${quoteForHcl(name)}
  path = ${quoteForHcl(path)}

  assume_role_policy = ${policyOf(writeTrustPolicy(values, form))}

  lifecycle {
    precondition {
      condition     = data.aws_caller_identity.sluice.account_id == ${quoteForHcl(accountId)}
      error_message = "The role belongs in the account ${accountId}: give the provider its credentials."
    }
  }
}

resource "aws_iam_role_policy" "sluice" {
  name = ${quoteForHcl(POLICY_NAME)}
  role = aws_iam_role.sluice.id

  policy = ${policyOf(writePermissionsPolicy(values))}
}

output "role_arn" {
  value = aws_iam_role.sluice.arn
}
`
}

function aboutModule(values: SetupValues, form: PrincipalForm): string[] {
  return [
    `The role ${values.roleArn} of the Sluice output ${values.outputId}.`,
    ...aboutSetup(values, form),
    'The bucket is not made here: it should outlive this module.',
    ...aboutElsewhere(values),
  ]
}

/**
 * IAM takes no character above U+00FF, and Terraform brings strings to Unicode's form NFC where S3 compares
 * bytes. So what is not ASCII goes in as JSON, whose escapes are.
 */
function policyOf(policy: PolicyDocument): string {
  const isAscii = !/[^ -~]/.test(JSON.stringify(policy))
  return isAscii ? `jsonencode(${writeHcl(policy, 2)})` : quoteForHcl(writePolicy(policy))
}
