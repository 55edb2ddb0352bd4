resource "aws_organizations_organization" "all" {
  feature_set                   = "ALL"
  aws_service_access_principals = ["iam.amazonaws.com"]
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY"]
}

resource "aws_organizations_organizational_unit" "workloads" {
  name      = var.second ? "renamed" : "workloads"
  parent_id = aws_organizations_organization.all.roots[0].id
  tags      = local.tags
}

# Moved in place, and removed from the organization when it is destroyed.
resource "aws_organizations_account" "shop" {
  name      = "shop"
  email     = "shop@example.com"
  parent_id = var.second ? aws_organizations_organization.all.roots[0].id : aws_organizations_organizational_unit.workloads.id
  tags      = local.tags
}

resource "aws_organizations_policy" "no_users" {
  name        = "no-users"
  description = var.second ? "Changed" : "No users"
  tags        = local.tags

  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "iam:CreateUser", Resource = "*" }]
  })

  depends_on = [aws_organizations_organization.all]
}

resource "aws_organizations_policy_attachment" "no_users" {
  policy_id = aws_organizations_policy.no_users.id
  target_id = var.second ? aws_organizations_account.shop.id : aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_resource_policy" "own" {
  tags = local.tags

  content = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = var.second ? ["organizations:List*", "organizations:Describe*"] : ["organizations:List*"]
      Principal = { AWS = "arn:aws:iam::${aws_organizations_account.shop.id}:root" }
      Resource  = "*"
    }]
  })
}

resource "aws_organizations_delegated_administrator" "shop" {
  account_id        = aws_organizations_account.shop.id
  service_principal = "iam.amazonaws.com"
}

data "aws_organizations_organization" "all" {
  depends_on = [aws_organizations_account.shop]
}

data "aws_organizations_organizational_units" "all" {
  parent_id  = aws_organizations_organization.all.roots[0].id
  depends_on = [aws_organizations_organizational_unit.workloads]
}

data "aws_organizations_organizational_unit_descendant_accounts" "all" {
  parent_id  = aws_organizations_organization.all.roots[0].id
  depends_on = [aws_organizations_account.shop]
}

data "aws_organizations_policies_for_target" "shop" {
  filter     = "SERVICE_CONTROL_POLICY"
  target_id  = aws_organizations_policy_attachment.no_users.target_id
  depends_on = [aws_organizations_policy_attachment.no_users]
}

data "aws_organizations_resource_tags" "shop" {
  resource_id = aws_organizations_account.shop.id
}

data "aws_organizations_delegated_services" "shop" {
  account_id = aws_organizations_delegated_administrator.shop.account_id
}

output "member_accounts" {
  value = data.aws_organizations_organization.all.non_master_accounts[*].name
}

output "units" {
  value = data.aws_organizations_organizational_units.all.children[*].name
}

output "accounts_below_the_root" {
  value = length(data.aws_organizations_organizational_unit_descendant_accounts.all.accounts)
}

output "service_control_policies" {
  value = length(data.aws_organizations_policies_for_target.shop.ids)
}

output "shop_administers" {
  value = data.aws_organizations_delegated_services.shop.delegated_services[*].service_principal
}
